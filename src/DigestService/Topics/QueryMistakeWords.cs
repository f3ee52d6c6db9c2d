using System.Globalization;

namespace DigestService.Topics;

/// <summary>What is wrong with a query, as a sentence in each language; <c>{0}</c> is a piece of the query or a number.</summary>
internal static class QueryMistakeWords
{
    private static readonly Dictionary<QueryMistake, string> English = new()
    {
        [QueryMistake.Empty] = "The query is empty: write a word, or a phrase in quotation marks.",
        [QueryMistake.TooLong] = "A query has at most {0} characters; this is where it gets too long.",
        [QueryMistake.ControlCharacter] = "There is a control character here that cannot be searched for.",
        [QueryMistake.OpenQuote] = "This quotation mark is never closed: add one where the phrase ends.",
        [QueryMistake.StrayBracket] = "This bracket closes nothing: remove it, or open one before it.",
        [QueryMistake.NoWord] = "There is no word to search for here: “the”, “of” and the like are left out.",
        [QueryMistake.TooDeep] = "Brackets may be nested {0} deep and no deeper.",
        [QueryMistake.NothingBeforeOr] = "OR needs a word or phrase before it.",
        [QueryMistake.NothingAfterOr] = "OR needs a word or phrase after it.",
        [QueryMistake.NothingAfterMinus] = "“{0}” shuts out what follows it: a word, a phrase or a bracket belongs after it.",
        [QueryMistake.OnlyUnwanted] = "Say also what you want: a query of nothing but unwanted words matches almost everything.",
        [QueryMistake.EmptyBrackets] = "There is nothing between these brackets.",
        [QueryMistake.OpenBracket] = "This bracket is never closed: add one where the group ends.",
        [QueryMistake.TooManyWords] = "A query holds at most {0} words and phrases; this is one too many.",
        [QueryMistake.WordMissing] = "A word, a phrase or a bracket belongs here.",
        [QueryMistake.OddStar] = "A star stands at the end of a word of its own, after two letters at least, and asks for all words that begin so: neuro*.",
        [QueryMistake.OnlyMarks] = "There is nothing to search for in “{0}”: write marks beside their word, as in C++.",
        [QueryMistake.NoField] = "There is no field “{0}”: use title:, author:, cat: or org:, or put the text in quotes.",
        [QueryMistake.FieldInField] = "A field cannot stand inside another field's brackets.",
        [QueryMistake.NothingAfterField] = "“{0}:” needs a word or a phrase right after it.",
        [QueryMistake.NoWordAfterField] = "“{0}:” needs something to look for: this holds no searchable word.",
    };

    private static readonly Dictionary<QueryMistake, string> German = new()
    {
        [QueryMistake.Empty] = "Die Suche ist leer: Schreibe ein Wort, oder eine Wendung in Anführungszeichen.",
        [QueryMistake.TooLong] = "Eine Suche hat höchstens {0} Zeichen; hier wird sie zu lang.",
        [QueryMistake.ControlCharacter] = "Hier steht ein Steuerzeichen, nach dem nicht gesucht werden kann.",
        [QueryMistake.OpenQuote] = "Dieses Anführungszeichen wird nie geschlossen: Setze eines, wo die Wendung endet.",
        [QueryMistake.StrayBracket] = "Diese Klammer schließt nichts: Entferne sie, oder öffne eine davor.",
        [QueryMistake.NoWord] = "Hier ist kein Wort, nach dem gesucht wird: „the“, „of“ und dergleichen werden ausgelassen.",
        [QueryMistake.TooDeep] = "Klammern dürfen {0} tief geschachtelt sein und nicht tiefer.",
        [QueryMistake.NothingBeforeOr] = "OR braucht ein Wort oder eine Wendung davor.",
        [QueryMistake.NothingAfterOr] = "OR braucht ein Wort oder eine Wendung danach.",
        [QueryMistake.NothingAfterMinus] = "„{0}“ schließt aus, was folgt: Danach gehört ein Wort, eine Wendung oder eine Klammer.",
        [QueryMistake.OnlyUnwanted] = "Sage auch, was du willst: Eine Suche aus lauter unerwünschten Wörtern trifft fast alles.",
        [QueryMistake.EmptyBrackets] = "Zwischen diesen Klammern steht nichts.",
        [QueryMistake.OpenBracket] = "Diese Klammer wird nie geschlossen: Setze eine, wo die Gruppe endet.",
        [QueryMistake.TooManyWords] = "Eine Suche fasst höchstens {0} Wörter und Wendungen; dies ist eines zu viel.",
        [QueryMistake.WordMissing] = "Hierher gehört ein Wort, eine Wendung oder eine Klammer.",
        [QueryMistake.OddStar] = "Ein Stern steht am Ende eines eigenen Wortes, nach mindestens zwei Buchstaben, und verlangt alle Wörter, die so beginnen: neuro*.",
        [QueryMistake.OnlyMarks] = "In „{0}“ ist nichts zu suchen: Schreibe Zeichen an ihr Wort, wie in C++.",
        [QueryMistake.NoField] = "Es gibt kein Feld „{0}“: Nimm title:, author:, cat: oder org:, oder setze den Text in Anführungszeichen.",
        [QueryMistake.FieldInField] = "Ein Feld kann nicht in den Klammern eines anderen stehen.",
        [QueryMistake.NothingAfterField] = "„{0}:“ braucht gleich danach ein Wort oder eine Wendung.",
        [QueryMistake.NoWordAfterField] = "„{0}:“ braucht etwas zum Suchen: Dies enthält kein suchbares Wort.",
    };

    private static readonly Dictionary<QueryMistake, string> French = new()
    {
        [QueryMistake.Empty] = "La requête est vide : écrivez un mot, ou une expression entre guillemets.",
        [QueryMistake.TooLong] = "Une requête a au plus {0} caractères ; c’est ici qu’elle devient trop longue.",
        [QueryMistake.ControlCharacter] = "Il y a ici un caractère de contrôle qui ne peut pas être cherché.",
        [QueryMistake.OpenQuote] = "Ce guillemet n’est jamais fermé : ajoutez-en un où l’expression finit.",
        [QueryMistake.StrayBracket] = "Cette parenthèse ne ferme rien : retirez-la, ou ouvrez-en une avant.",
        [QueryMistake.NoWord] = "Il n’y a ici aucun mot à chercher : «\u00A0the\u00A0», «\u00A0of\u00A0» et leurs semblables sont laissés de côté.",
        [QueryMistake.TooDeep] = "Les parenthèses s’emboîtent sur {0} niveaux au plus.",
        [QueryMistake.NothingBeforeOr] = "OR demande un mot ou une expression avant lui.",
        [QueryMistake.NothingAfterOr] = "OR demande un mot ou une expression après lui.",
        [QueryMistake.NothingAfterMinus] = "«\u00A0{0}\u00A0» exclut ce qui suit : il faut après lui un mot, une expression ou une parenthèse.",
        [QueryMistake.OnlyUnwanted] = "Dites aussi ce que vous voulez : une requête faite seulement de mots exclus trouve presque tout.",
        [QueryMistake.EmptyBrackets] = "Il n’y a rien entre ces parenthèses.",
        [QueryMistake.OpenBracket] = "Cette parenthèse n’est jamais fermée : ajoutez-en une où le groupe finit.",
        [QueryMistake.TooManyWords] = "Une requête contient au plus {0} mots et expressions ; celui-ci est de trop.",
        [QueryMistake.WordMissing] = "Il faut ici un mot, une expression ou une parenthèse.",
        [QueryMistake.OddStar] = "Une étoile se place à la fin d’un mot à part, après deux lettres au moins, et demande tous les mots qui commencent ainsi : neuro*.",
        [QueryMistake.OnlyMarks] = "Il n’y a rien à chercher dans «\u00A0{0}\u00A0» : écrivez les signes contre leur mot, comme dans C++.",
        [QueryMistake.NoField] = "Il n’y a pas de champ «\u00A0{0}\u00A0» : utilisez title:, author:, cat: ou org:, ou mettez le texte entre guillemets.",
        [QueryMistake.FieldInField] = "Un champ ne peut pas se trouver dans les parenthèses d’un autre.",
        [QueryMistake.NothingAfterField] = "«\u00A0{0}:\u00A0» demande un mot ou une expression juste après.",
        [QueryMistake.NoWordAfterField] = "«\u00A0{0}:\u00A0» demande quelque chose à chercher : il n’y a là aucun mot cherchable.",
    };

    private static readonly Dictionary<QueryMistake, string> Spanish = new()
    {
        [QueryMistake.Empty] = "La consulta está vacía: escribe una palabra, o una frase entre comillas.",
        [QueryMistake.TooLong] = "Una consulta tiene {0} caracteres como mucho; aquí se hace demasiado larga.",
        [QueryMistake.ControlCharacter] = "Aquí hay un carácter de control que no se puede buscar.",
        [QueryMistake.OpenQuote] = "Estas comillas no se cierran: añade otras donde acaba la frase.",
        [QueryMistake.StrayBracket] = "Este paréntesis no cierra nada: quítalo, o abre uno antes.",
        [QueryMistake.NoWord] = "Aquí no hay ninguna palabra que buscar: «the», «of» y similares se omiten.",
        [QueryMistake.TooDeep] = "Los paréntesis pueden anidarse en {0} niveles y no más.",
        [QueryMistake.NothingBeforeOr] = "OR necesita una palabra o frase delante.",
        [QueryMistake.NothingAfterOr] = "OR necesita una palabra o frase detrás.",
        [QueryMistake.NothingAfterMinus] = "«{0}» excluye lo que sigue: detrás va una palabra, una frase o un paréntesis.",
        [QueryMistake.OnlyUnwanted] = "Di también lo que quieres: una consulta solo de palabras excluidas coincide con casi todo.",
        [QueryMistake.EmptyBrackets] = "No hay nada entre estos paréntesis.",
        [QueryMistake.OpenBracket] = "Este paréntesis no se cierra: añade uno donde acaba el grupo.",
        [QueryMistake.TooManyWords] = "Una consulta tiene {0} palabras y frases como mucho; esta es una de más.",
        [QueryMistake.WordMissing] = "Aquí va una palabra, una frase o un paréntesis.",
        [QueryMistake.OddStar] = "Un asterisco va al final de una palabra propia, tras al menos dos letras, y pide todas las palabras que empiezan así: neuro*.",
        [QueryMistake.OnlyMarks] = "No hay nada que buscar en «{0}»: escribe los signos junto a su palabra, como en C++.",
        [QueryMistake.NoField] = "No existe el campo «{0}»: usa title:, author:, cat: u org:, o pon el texto entre comillas.",
        [QueryMistake.FieldInField] = "Un campo no puede estar dentro de los paréntesis de otro.",
        [QueryMistake.NothingAfterField] = "«{0}:» necesita una palabra o una frase justo detrás.",
        [QueryMistake.NoWordAfterField] = "«{0}:» necesita algo que buscar: aquí no hay ninguna palabra buscable.",
    };

    private static readonly Dictionary<QueryMistake, string> Chinese = new()
    {
        [QueryMistake.Empty] = "查询为空：请写一个词，或用引号括起的短语。",
        [QueryMistake.TooLong] = "查询最多 {0} 个字符；从这里起超长了。",
        [QueryMistake.ControlCharacter] = "这里有一个无法搜索的控制字符。",
        [QueryMistake.OpenQuote] = "这个引号没有闭合：请在短语结束处加上引号。",
        [QueryMistake.StrayBracket] = "这个括号没有对应的左括号：请删除它，或在前面补上。",
        [QueryMistake.NoWord] = "这里没有可搜索的词：“the”“of”之类的词会被忽略。",
        [QueryMistake.TooDeep] = "括号最多嵌套 {0} 层。",
        [QueryMistake.NothingBeforeOr] = "OR 前面需要一个词或短语。",
        [QueryMistake.NothingAfterOr] = "OR 后面需要一个词或短语。",
        [QueryMistake.NothingAfterMinus] = "“{0}”用于排除其后的内容：后面应有一个词、短语或括号。",
        [QueryMistake.OnlyUnwanted] = "请同时写明想要的内容：只有排除词的查询几乎会匹配所有论文。",
        [QueryMistake.EmptyBrackets] = "这对括号里没有内容。",
        [QueryMistake.OpenBracket] = "这个括号没有闭合：请在分组结束处加上括号。",
        [QueryMistake.TooManyWords] = "查询最多包含 {0} 个词和短语；这里多了一个。",
        [QueryMistake.WordMissing] = "这里应有一个词、短语或括号。",
        [QueryMistake.OddStar] = "星号应放在单独一个词的末尾，前面至少两个字母，表示以此开头的所有词：neuro*。",
        [QueryMistake.OnlyMarks] = "“{0}”里没有可搜索的内容：符号请紧跟在词后，如 C++。",
        [QueryMistake.NoField] = "没有名为“{0}”的字段：请使用 title:、author:、cat: 或 org:，或把文字放进引号。",
        [QueryMistake.FieldInField] = "字段不能放在另一个字段的括号里。",
        [QueryMistake.NothingAfterField] = "“{0}:”后面需要紧跟一个词或短语。",
        [QueryMistake.NoWordAfterField] = "“{0}:”需要可查找的内容：这里没有可搜索的词。",
    };

    /// <summary>The sentence in a language, in English where we do not speak it.</summary>
    public static string Sentence(QueryMistake fault, string detail, string language)
    {
        var words = language switch { "de" => German, "fr" => French, "es" => Spanish, "zh" => Chinese, _ => English };
        return string.Format(CultureInfo.InvariantCulture, words[fault], detail);
    }
}
