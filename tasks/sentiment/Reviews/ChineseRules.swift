extension Chinese {
    /// Sentences and what they are made of; `affirmed` and `denied` as in English.
    static let grammar = Grammar(
        """
        review:
            2| {sentence}
            4| {sentence}{sentence}
            3| {sentence}{sentence}{sentence}
            2| {intro}{sentence}
            4| {intro}{sentence}{sentence}
            2| {intro}{sentence}{sentence}{sentence}
            3| {sentence}{verdict}
            3| {sentence}{sentence}{verdict}
            3| {intro}{sentence}{verdict}
            2| {intro}{sentence}{sentence}{verdict}
            3| {!fact}{still}，{commitment}。
            3| {!fact}{!fact}{still}，{commitment}。
            2| {intro}{!fact}{still}，{commitment}。
        fact:
            {@clause}。
        sentence:
            6| {@clause}{stop}
            2| {@clause}，{@clause}{stop}
            4| {@!clause}，{but}{@clause}{stop}
            4| {although}{@!clause}，{but}{@clause}{stop}
            4| {@affirmed-story}
            4| {@denied-story}
            1| {affirmed-whole}{stop}
            1| {denied-whole}{stop}
        stop:
            7| 。
            1| ！
        but:
            3| 但是
            2| 但
            2| 不过
            2| 可是
            然而
        although:
            3| 虽然
            2| 尽管
            虽说
        still:
            不过总的来说
            尽管如此
            但总体而言
            话虽如此
        clause:
            6| {affirmed}
            6| {denied}
            2| {felt-affirmed}
            2| {felt-denied}
        affirmed:
            6| {subject}{degree}{adj}
            1| {subject}实在太{adj}了
            2| {I}觉得{subject}{degree}{adj}
            1| {subject}比{imagined}还要{adj}
            1| {subject}比{imagined}{adj}多了
            1| 没有人会说{subject}不{adj}
            1| {subject}又{adj}又{adj}
        denied:
            6| {subject}{not}{!adj}
            1| {I}不觉得{subject}{!adj}
            1| {I}没觉得{subject}{!adj}
            1| {subject}没有{imagined}那么{!adj}
            1| {subject}远没有{imagined}{!adj}
            1| {subject}跟{!adj}完全不沾边
            1| 没有人会说{subject}{!adj}
            1| {subject}既不{!adj}也不{!adj}
        degree:
            4| 很
            2| 非常
            特别
            十分
            相当
            真的很
            -| 有点
            -| 有些
            +| 格外
        not:
            2| 并不
            2| 一点也不
            一点都不
            根本不
            完全不
            不
        imagined:
            想象中
            预期的
            我想的
        felt-affirmed:
            2| {I}对{noun}{degree-plain}{feeling}
            2| {noun}让{I}{degree-plain}{moved}
            1| {noun}有很多地方让{I}{moved}
        felt-denied:
            2| {I}对{noun}{not}{!feeling}
            2| {noun}没有让{I}{!moved}
            1| {noun}没有一点让{I}{!moved}
        degree-plain:
            3| 很
            2| 非常
            十分
            特别
        feeling:
            +| 满意
            -| 失望
        moved:
            +| 开心
            +| 惊喜
            -| 生气
            -| 头疼
        affirmed-story:
            都说{subject}{adj}，果然是这样{stop}
            原以为{subject}{degree-plain}{adj}，事实也确实如此{stop}
            {subject}{adj}吗？{yes}
            别的{thing}{subject}{degree-plain}{!adj}，这{measure}{thing}的{subject}却{degree-plain}{adj}{stop}
            谁说{subject}不{adj}？我看{degree-plain}{same}{stop}
            {subject}真是{extreme}{stop}
        denied-story:
            都说{subject}{!adj}，其实不是这样{stop}
            原以为{subject}{degree-plain}{!adj}，事实却正好相反{stop}
            {subject}{!adj}吗？{no}
            {conditional}
            谁说{subject}{!adj}？我看{not}{same}{stop}
            谁要是说{subject}{!extreme}，我第一个不同意{stop}
        conditional:
            +| 要是{subject}{!adj}，{I}早就投诉了，可{I}没有理由投诉{stop}
            -| 要是{subject}{!adj}一点就好了{stop}
            听说{subject}{degree-plain}{!adj}，结果完全不是这样{stop}
        yes:
            非常{same}！
            当然{same}。
            确实如此。
        no:
            一点也不。
            根本不{same}！
            完全不是这样。
        affirmed-whole:
            这是一{measure}{degree-plain}{whole}的{thing}
            {I}觉得这是一{measure}{whole}的{thing}
        denied-whole:
            这不是一{measure}{!whole}的{thing}
            {I}不觉得这是一{measure}{!whole}的{thing}
        verdict:
            3| {commitment}{stop}
            2| {idiom}
        commitment:
            {affirmed-commitment}
            {denied-commitment}
        affirmed-commitment:
            +| {I}会推荐给{anyone}
            +| {I}觉得{choosing}是值得的
            -| {I}很后悔{choosing}
            -| {I}有理由投诉
        denied-commitment:
            -| {I}不会推荐给{anyone}
            -| {I}不觉得{choosing}是值得的
            +| {I}一点也不后悔{choosing}
            +| {I}没有理由投诉
        anyone:
            朋友
            家人
            同事
            别人
        idiom:
            +| 给五星好评！
            +| 以后还会再来。
            +| 物有所值。
            +| 谢谢！
            -| 给个差评。
            -| 没有下次了。
            -| 浪费钱。
            -| 我要退款！
        number:
            两
            三
            四
            五
        month:
            一月
            二月
            三月
            四月
            五月
            六月
            七月
            八月
            九月
            十月
            十一月
            十二月
        day:
            周一
            周二
            周三
            周四
            周五
            周六
            周日
        companion:
            家人
            爸妈
            孩子
            朋友
            同事
            同学
            女朋友
            男朋友
            老公
            老婆
        """)
}
