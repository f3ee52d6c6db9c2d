namespace DigestService.Relevance;

/// <summary>Numbers of candidates, the best first, of equals the one listed last and then by paper, in a buffer that is used again.</summary>
internal sealed class CandidateOrder
{
    private ulong[] _keys = new ulong[256];
    private int[] _numbers = new int[256];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The number of the candidate at a place.</summary>
    public int this[int place] => _numbers[place];

    /// <summary>Forgets all.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds one behind the others.</summary>
    public void Add(int number)
    {
        if (Count == _numbers.Length)
            Array.Resize(ref _numbers, Count * 2);
        _numbers[Count++] = number;
    }

    /// <summary>Takes out the one at a place.</summary>
    public void RemoveAt(int place)
    {
        _numbers.AsSpan(place + 1, --Count - place).CopyTo(_numbers.AsSpan(place));
    }

    /// <summary>Puts the best first.</summary>
    public void Sort(CandidateList list)
    {
        if (_keys.Length < Count)
            _keys = new ulong[_numbers.Length];
        // Scores are never below 0, and so sort as the numbers that their bits are.
        for (var i = 0; i < Count; i++)
            _keys[i] = ~BitConverter.DoubleToUInt64Bits(list[_numbers[i]].Score);
        Array.Sort(_keys, _numbers, 0, Count);
        for (var (start, end) = (0, 1); start < Count; start = end++)
        {
            while (end < Count && _keys[end] == _keys[start])
                end++;
            if (end - start > 1)
                SortEquals(list, start, end);
        }
    }

    // Their keys are equal, and room for others.
    private void SortEquals(CandidateList list, int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            var paper = list[_numbers[i]].Paper;
            _keys[i] = ((ulong)(int.MaxValue - list.Papers.Facts[paper].ListedOn) << 32) | (uint)paper;
        }

        Array.Sort(_keys, _numbers, start, end - start);
    }
}
