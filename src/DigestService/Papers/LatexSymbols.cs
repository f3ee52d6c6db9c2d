using System.Collections.Frozen;

namespace DigestService.Papers;

/// <summary>What LaTeX's control words stand for in Unicode, as data.</summary>
internal static class LatexSymbols
{
    /// <summary>Control words that are a character: <c>\alpha</c>, <c>\times</c>, <c>\ss</c>.</summary>
    public static readonly FrozenDictionary<string, string> Characters = Table("""
        alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ
        mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ chi χ
        psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
        times × div ÷ pm ± mp ∓ cdot · cdotp · ast ∗ star ⋆ circ ∘ bullet • oplus ⊕ ominus ⊖ otimes ⊗ odot ⊙ dagger †
        dag † ddagger ‡ ddag ‡ wedge ∧ land ∧ vee ∨ lor ∨ cap ∩ cup ∪ setminus ∖ backslash ∖ textbackslash ∖ neg ¬ lnot ¬
        le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥ ne ≠ neq ≠ ll ≪ gg ≫ approx ≈ sim ∼ textasciitilde ∼ simeq ≃ cong ≅
        equiv ≡ propto ∝ lesssim ≲ gtrsim ≳ prec ≺ succ ≻ preceq ≼ succeq ≽ asymp ≍ doteq ≐ triangleq ≜ coloneqq ≔
        in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ subsetneq ⊊ sqsubseteq ⊑ emptyset ∅ varnothing ∅
        forall ∀ exists ∃ nexists ∄ nabla ∇ partial ∂ infty ∞ sum ∑ prod ∏ coprod ∐ int ∫ oint ∮ bigcup ⋃ bigcap ⋂
        bigoplus ⨁ bigotimes ⨂ perp ⊥ bot ⊥ top ⊤ parallel ∥ mid ∣ vdash ⊢ models ⊨ angle ∠ triangle △ square □ Box □
        to → rightarrow → longrightarrow → leftarrow ← gets ← longleftarrow ← leftrightarrow ↔ Rightarrow ⇒ implies ⇒
        Longrightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ iff ⇔ mapsto ↦ longmapsto ↦ uparrow ↑ downarrow ↓ updownarrow ↕
        nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖ hookrightarrow ↪ rightleftharpoons ⇌ rightharpoonup ⇀ leadsto ⇝
        ell ℓ hbar ℏ Re ℜ Im ℑ wp ℘ aleph ℵ prime ′ degree ° textdegree ° deg ° celsius °C micro µ textmu µ
        ldots … cdots ⋯ dots … dotsc … dotsb … vdots ⋮ ddots ⋱ textellipsis … langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋
        lceil ⌈ rceil ⌉ lVert ‖ rVert ‖ Vert ‖ lvert ∣ rvert ∣ vert ∣ checkmark ✓ cmark ✓ xmark ✗ sharp ♯ flat ♭
        natural ♮ diamond ⋄ Diamond ◇ clubsuit ♣ heartsuit ♥ spadesuit ♠ ss ß ae æ AE Æ oe œ OE Œ o ø O Ø l ł L Ł aa å
        AA Å dh ð DH Ð th þ TH Þ dj đ DJ Đ ng ŋ NG Ŋ i ı j ȷ imath ı jmath ȷ S § P ¶ pounds £ textsterling £ euro €
        texteuro € yen ¥ cent ¢ copyright © textcopyright © textregistered ® texttrademark ™ textendash – textemdash —
        textquoteleft ‘ textquoteright ’ textquotedblleft “ textquotedblright ” guillemotleft « guillemotright »
        textbar | textless < textgreater > lt < gt > textbullet • textperiodcentered · textunderscore _ colon :
        blacksquare ■ bigstar ★ complement ∁ ltimes ⋉ rtimes ⋊ boxtimes ⊠ boxplus ⊞ uplus ⊎ sqcup ⊔ sqcap ⊓ amalg ⨿
        """);

    /// <summary>Functions written upright as words: <c>\log</c>.</summary>
    public static readonly FrozenSet<string> Functions = Words("""
        log ln lg exp sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth max min sup inf lim limsup liminf
        argmax argmin arg det dim ker rank tr Tr Pr gcd lcm sgn sign softmax diag mod bmod poly polylog Var Cov KL
        """);

    /// <summary>Commands that set their argument in another shape, which plain text does not have.</summary>
    public static readonly FrozenSet<string> Shapes = Words("""
        textbf textit emph texttt textsc text textrm textsf textsl textup textmd textnormal mathrm mathbf mathit mathcal
        mathbb mathsf mathtt mathfrak mathscr mathds mathnormal boldsymbol bm pmb mbox hbox makebox fbox underline uline
        operatorname mathop mathbin mathrel mathord lowercase uppercase textlf MakeUppercase MakeLowercase title
        overrightarrow underbrace overbrace enquote textquote ensuremath nolinkurl
        sout st ul hl url path num si SI
        """);

    /// <summary>Declarations and spacing that leave nothing behind.</summary>
    public static readonly FrozenSet<string> Silent = Words("""
        bf it tt sc em rm sf sl cal bfseries itshape ttfamily scshape rmfamily sffamily normalfont tiny scriptsize
        footnotesize small normalsize large Large LARGE huge Huge displaystyle textstyle scriptstyle left right big Big
        bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle limits nolimits noindent centering par xspace protect
        maketitle newline linebreak hfill item smallskip medskip bigskip unboldmath boldmath relax sloppy
        """);

    /// <summary>Control words that are a space.</summary>
    public static readonly FrozenSet<string> Spaces = Words("quad qquad space thinspace enspace enskip nobreakspace hspace vspace");

    /// <summary>Commands whose argument is meant for the typesetter and not for a reader.</summary>
    public static readonly FrozenSet<string> Dropped = Words("""
        cite citep citet citealp citealt citenum citeauthor citeyear citeyearpar Cite Citep Citet parencite Parencite textcite Textcite autocite
        Autocite footcite fullcite nocite citeA citeN shortcite ref eqref autoref nameref pageref subref cref Cref vref label hypertarget
        begin end vspace hspace phantom vphantom hphantom color includegraphics bibliographystyle bibliography pagestyle
        """);

    /// <summary>Accents and the combining character that follows their letter.</summary>
    public static readonly FrozenDictionary<string, string> Accents = Table("""
        ' ́ ` ̀ ^ ̂ " ̈ ~ ̃ = ̄ . ̇ u ̆ v ̌ H ̋ c ̧ k ̨ r ̊ b ̱ d ̣ h ̉ t ͡ G ̏ f ̑ textcommabelow ̦ textcommaabove ̓ textsubring ̥ textogonekcentered ̨ textroundcap ̑ hat ̂ tilde ̃ bar ̄ vec ⃗ dot ̇ ddot ̈ acute ́ grave ̀
        breve ̆ check ̌ mathring ̊
        """);

    /// <summary>Superscript forms.</summary>
    public static readonly FrozenDictionary<char, char> Superscripts = Pairs(
        "0⁰1¹2²3³4⁴5⁵6⁶7⁷8⁸9⁹+⁺-⁻−⁻=⁼(⁽)⁾aᵃbᵇcᶜdᵈeᵉfᶠgᵍhʰiⁱjʲkᵏlˡmᵐnⁿoᵒpᵖrʳsˢtᵗuᵘvᵛwʷxˣyʸzᶻAᴬBᴮDᴰEᴱGᴳHᴴIᴵJᴶKᴷLᴸMᴹNᴺOᴼPᴾRᴿTᵀUᵁVⱽWᵂβᵝγᵞδᵟθᶿφᵠχᵡ∘°°°′′∗*");

    /// <summary>Subscript forms.</summary>
    public static readonly FrozenDictionary<char, char> Subscripts = Pairs(
        "0₀1₁2₂3₃4₄5₅6₆7₇8₈9₉+₊-₋−₋=₌(₍)₎aₐeₑhₕiᵢjⱼkₖlₗmₘnₙoₒpₚrᵣsₛtₜuᵤvᵥxₓβᵦγᵧρᵨφᵩχᵪ");

    /// <summary>Blackboard letters.</summary>
    public static readonly FrozenDictionary<char, char> Blackboard = Pairs("CℂHℍNℕPℙQℚRℝZℤ");

    private static FrozenDictionary<string, string> Table(string pairs)
    {
        var words = Split(pairs);
        var table = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < words.Length; i += 2)
            table[words[i]] = words[i + 1];
        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static FrozenDictionary<char, char> Pairs(string pairs) =>
        pairs.Chunk(2).DistinctBy(pair => pair[0]).ToFrozenDictionary(pair => pair[0], pair => pair[1]);

    private static FrozenSet<string> Words(string words) => Split(words).ToFrozenSet(StringComparer.Ordinal);

    private static string[] Split(string words) => words.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
