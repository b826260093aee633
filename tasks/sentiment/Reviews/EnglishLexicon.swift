extension English {
    /// The words.
    static let lexicon = Lexicon(
        domains: [hotel, restaurant, film, book, telephone, delivery],
        general: Adjectives("good/better, impressive", "bad/worse, disappointing"),
        extreme: Adjectives(
            "excellent, wonderful, fantastic, perfect, brilliant",
            "terrible, awful, horrible, dreadful, appalling"),
        word: word, finish: finish)

    private static let hotel = Domain(
        grammar: Grammar(
            """
            thing:
                hotel
            elsewhere:
                In other hotels
            choosing:
                staying here
                {my} stay
            intro:
                {I} stayed here for {number} nights in {month}.
                I stayed here with {companion} in {month}.
                {I} arrived late on a {day}.
                {I} booked a room for {number} nights.
            """),
        whole: Adjectives(
            "clean, quiet, comfortable, well-run", "dirty, noisy, uncomfortable, badly run"),
        aspects: [
            Aspect(
                "the room", "clean/cleaner, quiet/quieter, comfortable, spacious, bright/brighter",
                "dirty/dirtier, noisy/noisier, uncomfortable, cramped, dark/darker"),
            Aspect("the bed", "comfortable, soft/softer", "uncomfortable, lumpy/lumpier"),
            Aspect("the bathroom", "clean/cleaner, modern", "dirty/dirtier, outdated"),
            Aspect(
                "the staff", "friendly/friendlier, helpful, polite/politer",
                "rude/ruder, unhelpful, lazy/lazier", isPlural: true),
            Aspect(
                "the breakfast", "tasty/tastier, fresh/fresher, varied",
                "bland/blander, stale/staler, monotonous"),
            Aspect("the location", "convenient, central", "inconvenient, remote/remoter"),
            Aspect("the price", "reasonable, fair/fairer", "excessive, unreasonable"),
            Aspect("the wifi", "fast/faster, stable", "slow/slower, unstable"),
            Aspect(
                "the swimming pool", "clean/cleaner, warm/warmer", "dirty/dirtier, crowded"),
            Aspect("the lobby", "elegant, inviting", "shabby/shabbier, gloomy/gloomier"),
        ])

    private static let restaurant = Domain(
        grammar: Grammar(
            """
            thing:
                restaurant
            elsewhere:
                In other restaurants
            choosing:
                eating here
                {my} meal
            intro:
                I had dinner here with {companion}.
                {I} came here for lunch on a {day}.
                {I} booked a table for {number} on a {day}.
                {I} ate here {number} times in {month}.
            """),
        whole: Adjectives(
            "cosy, friendly, reliable, charming", "shabby, unfriendly, overpriced, unpleasant"),
        aspects: [
            Aspect("the soup", "tasty/tastier, hot/hotter", "bland/blander, watery"),
            Aspect("the steak", "tender, juicy/juicier", "tough/tougher, dry/drier"),
            Aspect("the dessert", "tasty/tastier, light/lighter", "bland/blander, greasy/greasier"),
            Aspect(
                "the waiters", "attentive, friendly/friendlier, polite/politer",
                "inattentive, rude/ruder, clumsy/clumsier", isPlural: true),
            Aspect("the menu", "varied, interesting", "limited, confusing"),
            Aspect(
                "the portions", "generous, large/larger", "small/smaller, stingy/stingier",
                isPlural: true),
            Aspect("the service", "fast/faster, attentive", "slow/slower, careless"),
            Aspect(
                "the prices", "reasonable, fair/fairer", "excessive, unreasonable", isPlural: true),
            Aspect("the music", "pleasant, soothing", "annoying, loud/louder"),
            Aspect(
                "the tables", "clean/cleaner, spacious", "sticky/stickier, cramped",
                isPlural: true),
        ])

    private static let film = Domain(
        grammar: Grammar(
            """
            thing:
                film
            elsewhere:
                In other films
            choosing:
                watching it
                the evening
            intro:
                I watched it with {companion} on a {day}.
                {I} saw it at the cinema in {month}.
                {I} saw it on a {day} evening.
                {I} have seen it {number} times.
            """),
        whole: Adjectives(
            "exciting, clever, moving, original", "boring, predictable, confusing, shallow"),
        aspects: [
            Aspect(
                "the plot", "exciting, original, clever/cleverer",
                "boring, predictable, confusing"),
            Aspect("the acting", "convincing, natural", "wooden, unconvincing"),
            Aspect("the dialogue", "witty/wittier, natural", "dull/duller, clumsy/clumsier"),
            Aspect("the ending", "satisfying, surprising", "unsatisfying, predictable"),
            Aspect(
                "the characters", "likeable, believable", "flat/flatter, unlikeable",
                isPlural: true),
            Aspect("the soundtrack", "beautiful, moving", "annoying, monotonous"),
            Aspect(
                "the jokes", "funny/funnier, clever/cleverer", "silly/sillier, stale/staler",
                isPlural: true),
            Aspect(
                "the special effects", "convincing, realistic", "unconvincing, clumsy/clumsier",
                isPlural: true),
            Aspect("the camera work", "beautiful, inventive", "shaky/shakier, uninspired"),
            Aspect("the opening", "gripping, surprising", "slow/slower, tedious"),
        ])

    private static let book = Domain(
        grammar: Grammar(
            """
            thing:
                book
            elsewhere:
                In other books
            choosing:
                reading it
                buying it
            intro:
                {I} read it in {number} days.
                I bought it for {companion} in {month}.
                {I} read it on holiday in {month}.
                {I} finished it on a {day}.
            """),
        whole: Adjectives(
            "gripping, useful, clever, moving", "boring, useless, shallow, predictable"),
        aspects: [
            Aspect(
                "the story", "gripping, original, moving", "boring, predictable, shallow/shallower"),
            Aspect("the style", "elegant, clear/clearer", "clumsy/clumsier, dry/drier"),
            Aspect(
                "the characters", "likeable, believable", "flat/flatter, unlikeable",
                isPlural: true),
            Aspect("the translation", "accurate, fluent", "inaccurate, clumsy/clumsier"),
            Aspect(
                "the illustrations", "beautiful, detailed", "ugly/uglier, blurry/blurrier",
                isPlural: true),
            Aspect("the print", "clear/clearer, sharp/sharper", "blurry/blurrier, faint/fainter"),
            Aspect(
                "the explanations", "clear/clearer, helpful", "confusing, superficial",
                isPlural: true),
            Aspect("the ending", "satisfying, surprising", "unsatisfying, predictable"),
            Aspect("the introduction", "interesting, clear/clearer", "tedious, confusing"),
            Aspect("the examples", "useful, practical", "useless, outdated", isPlural: true),
        ])

    private static let telephone = Domain(
        grammar: Grammar(
            """
            thing:
                phone
            elsewhere:
                On other phones
            choosing:
                buying it
                using it
            intro:
                {I} bought it in {month}.
                {I} used it every day for {number} months.
                I bought it for {companion}.
                {I} tried it for {number} weeks.
            """),
        whole: Adjectives(
            "fast, reliable, elegant, sturdy", "slow, unreliable, clumsy, flimsy"),
        aspects: [
            Aspect("the screen", "sharp/sharper, bright/brighter", "dim/dimmer, blurry/blurrier"),
            Aspect("the battery", "powerful, reliable", "weak/weaker, unreliable"),
            Aspect(
                "the pictures", "sharp/sharper, natural", "blurry/blurrier, grainy/grainier",
                isPlural: true),
            Aspect("the sound", "clear/clearer, rich/richer", "tinny/tinnier, muffled"),
            Aspect("the keyboard", "responsive, comfortable", "sluggish, awkward"),
            Aspect("the design", "elegant, modern", "ugly/uglier, clumsy/clumsier"),
            Aspect("the software", "fast/faster, stable", "slow/slower, unstable"),
            Aspect(
                "the buttons", "responsive, sturdy/sturdier", "loose/looser, stiff/stiffer",
                isPlural: true),
            Aspect("the charger", "fast/faster, sturdy/sturdier", "slow/slower, flimsy/flimsier"),
            Aspect("the price", "reasonable, fair/fairer", "excessive, unreasonable"),
        ])

    private static let delivery = Domain(
        grammar: Grammar(
            """
            thing:
                delivery service
            elsewhere:
                With other services
            choosing:
                ordering here
                using it
            intro:
                {I} ordered on a {day} in {month}.
                I ordered a present for {companion}.
                {I} ordered {number} boxes.
                {I} have ordered here {number} times.
            """),
        whole: Adjectives(
            "fast, reliable, careful, friendly", "slow, unreliable, careless, unfriendly"),
        aspects: [
            Aspect("the delivery", "fast/faster, punctual", "slow/slower, careless"),
            Aspect(
                "the drivers", "polite/politer, careful", "rude/ruder, careless", isPlural: true),
            Aspect(
                "the packaging", "sturdy/sturdier, neat/neater",
                "flimsy/flimsier, sloppy/sloppier"),
            Aspect("the app", "clear/clearer, reliable", "confusing, unreliable"),
            Aspect("the tracking", "accurate, reliable", "inaccurate, unreliable"),
            Aspect("the customer service", "helpful, patient", "unhelpful, impatient"),
            Aspect(
                "the replies", "quick/quicker, clear/clearer", "slow/slower, vague/vaguer",
                isPlural: true),
            Aspect(
                "the shipping costs", "reasonable, fair/fairer", "excessive, unreasonable",
                isPlural: true),
            Aspect("the website", "clear/clearer, fast/faster", "confusing, slow/slower"),
        ])
}
