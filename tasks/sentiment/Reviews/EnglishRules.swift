extension English {
    /// Sentences and what they are made of. Where a word of praise or blame can stand, one template that affirms it
    /// (`affirmed`) is drawn as often as one that denies its opposite (`denied`), with as many such words.
    static let grammar = Grammar(
        """
        review:
            2| {sentence}
            4| {sentence} {sentence}
            3| {sentence} {sentence} {sentence}
            2| {intro} {sentence}
            4| {intro} {sentence} {sentence}
            2| {intro} {sentence} {sentence} {sentence}
            3| {sentence} {verdict}
            3| {sentence} {sentence} {verdict}
            3| {intro} {sentence} {verdict}
            2| {intro} {sentence} {sentence} {verdict}
            3| {!fact} {still} {commitment}.
            3| {!fact} {!fact} {still} {commitment}.
            2| {intro} {!fact} {still} {commitment}.
        fact:
            {@clause}.
        sentence:
            6| {@clause}{stop}
            2| {@clause}, and {@clause}{stop}
            4| {@!clause}, but {@clause}{stop}
            1| {@!clause}, yet {@clause}{stop}
            3| {although} {@!clause}, {@clause}{stop}
            1| {@clause}, {although} {@!clause}{stop}
            4| {@affirmed-story}
            4| {@denied-story}
            1| {affirmed-whole}{stop}
            1| {denied-whole}{stop}
        stop:
            7| .
            1| !
        although:
            although
            even though
        still:
            Still,
            Even so,
            All the same,
            Nevertheless,
        clause:
            6| {affirmed}
            6| {denied}
            1| {subject} {was} {absolutely} {extreme}
            1| {strongly-denied}
            2| {felt-affirmed}
            2| {felt-denied}
        affirmed:
            8| {subject} {was} {degree} {adj}
            3| {I} found {subject} {degree} {adj}
            2| {subject} turned out to be {degree} {adj}
            1| {subject} {was} {adj} and {adj}
            1| {subject} {was} {more} than {I} had expected
            1| nobody could say that {subject} {was-not} {adj}
            1| {I} thought that {subject} {was} {degree} {adj}
        denied:
            4| {subject} {was-not} {!adj}
            3| {subject} {was-not} {!adj} at all
            1| {subject} {was-not} in the least {!adj}
            1| {subject} {was} by no means {!adj}
            1| {subject} {was} anything but {!adj}
            1| {subject} {was} far from {!adj}
            1| {subject} {was} neither {!adj} nor {!adj}
            1| {I} had expected {subject} to be {!more}
            1| {I} {did-not} find {subject} {!adj}
            1| nobody could call {subject} {!adj}
            1| {subject} {was} not nearly as {!adj} as {I} had {imagined}
            1| {I} would not call {subject} {!adj}
        imagined:
            +| feared
            -| hoped
            2| expected
        degree:
            5| _
            3| very
            2| really
            1| quite
            1| extremely
            -| rather
            -| a bit
            +| wonderfully
        strength:
            3| _
            very
            really
            extremely
        absolutely:
            absolutely
            simply
            truly
            _
        strongly-denied:
            {subject} {was} anything but {!extreme}
            {subject} {was} far from {!extreme}
            nobody could call {subject} {!extreme}
            it would be wrong to call {subject} {!extreme}
        felt-affirmed:
            2| {I-was} {mood} {feeling} {subject}
            1| {I} {liked} {subject}
            1| there {was-a-lot} that {I} {liked} about {subject}
        felt-denied:
            2| {I-was} {not-mood} {!feeling} {subject}
            2| there was nothing that {I} {!liked} about {subject}
        feeling:
            +| pleased with
            +| happy with
            +| impressed by
            -| disappointed with
            -| annoyed by
            -| unhappy with
        liked:
            +| liked
            -| disliked
        was-a-lot:
            was a lot
            was much
        mood:
            very
            really
            quite
            _
        not-mood:
            not
            never
            not at all
            not the least bit
        affirmed-story:
            {I} expected {subject} to be {adj}, and {it} {was}.
            Everyone told {me} that {subject} {was} {adj}, and they were right.
            {was} {subject} {adj}? {yes}
            {I} had read that {subject} {was} {adj}, which turned out to be true.
            {elsewhere} {subject} {was} {!adj}; here {it} {was} {adj}.
        denied-story:
            {I} expected {subject} to be {!adj}, but {it} {was-not}.
            Everyone told {me} that {subject} {was} {!adj}, but they were wrong.
            {was} {subject} {!adj}? {no}
            {I} had read that {subject} {was} {!adj}, which turned out to be false.
            {conditional}
        conditional:
            +| If {subject} had been {!adj}, {I} would have complained, but there was no reason to.
            +| {I-was} afraid that {subject} would be {!adj}, but {it} {was-not}.
            -| If only {subject} had been {!adj}!
            -| {I} wish {subject} had been {!adj}.
        yes:
            Yes, very.
            Yes, {it} {was}.
            Absolutely.
        no:
            Not at all.
            No, {it} {was-not}.
            Absolutely not.
        affirmed-whole:
            it was a {strength} {whole} {thing}
            {I} would call this a {whole} {thing}
        denied-whole:
            it was not a {!whole} {thing}
            {I} would not call this a {!whole} {thing}
        verdict:
            3| {commitment}{stop}
            1| {idiom}
        commitment:
            {affirmed-commitment}
            {denied-commitment}
        affirmed-commitment:
            +| {I} would recommend this {thing} to {anyone}
            +| {choosing} was worth it
            -| {I} regretted {choosing}
            -| {I} had reason to complain
        denied-commitment:
            -| {I} would {not-ever} recommend this {thing} to {anyone}
            -| {choosing} was not worth it
            +| {I} never regretted {choosing}
            +| {I} had no reason to complain
        not-ever:
            not
            never
        anyone:
            anyone
            {my} friends
            other people
            {my} family
        idiom:
            +| Money well spent.
            +| Five stars.
            +| Thank you!
            +| I hope there are more like this.
            -| A waste of money.
            -| One star.
            -| Never again.
            -| I want my money back.
        did-not:
            did not
            didn't
        number:
            two
            three
            four
            five
        month:
            January
            February
            March
            April
            May
            June
            July
            August
            September
            October
            November
            December
        companion:
            my wife
            my husband
            my parents
            my children
            my sister
            my brother
            a friend
            some friends
            a colleague
        day:
            Monday
            Tuesday
            Wednesday
            Thursday
            Friday
            Saturday
            Sunday
        """)
}
