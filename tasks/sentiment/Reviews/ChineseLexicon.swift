extension Chinese {
    /// The words. Adjectives can stand behind 很 and behind 不.
    static let lexicon = Lexicon(
        domains: [hotel, restaurant, film, book, telephone, delivery],
        general: Adjectives("好, 理想", "糟糕, 差劲"),
        extreme: Adjectives("完美, 一流, 无可挑剔", "一塌糊涂, 一无是处, 惨不忍睹"),
        word: word, finish: finish)

    private static let hotel = Domain(
        grammar: Grammar(
            """
            thing:
                酒店
            measure:
                家
            choosing:
                住这里
                订这家酒店
            intro:
                {month}和{companion}在这里住了{number}个晚上。
                {day}晚上和{companion}入住的。
                {month}出差，在这里住了{number}天。
                和{companion}来旅游，订了{number}晚。
            """),
        whole: Adjectives("干净, 安静, 舒适", "脏, 吵, 破旧"),
        aspects: [
            Aspect("房间", "干净, 安静, 宽敞, 舒适", "脏, 吵, 拥挤, 破旧"),
            Aspect("房间", "干净, 整洁, 仔细", "马虎, 潦草", manner: "打扫得"),
            Aspect("床", "舒服, 柔软", "硬, 难受"),
            Aspect("卫生间", "干净, 宽敞", "脏, 狭小"),
            Aspect("前台", "热情, 耐心, 礼貌", "冷淡, 粗鲁, 敷衍"),
            Aspect("早餐", "丰富, 可口, 新鲜", "单调, 难吃"),
            Aspect("位置", "方便, 优越", "偏僻, 尴尬"),
            Aspect("价格", "合理, 实惠, 公道", "离谱, 贵"),
            Aspect("网络", "稳定, 流畅", "慢, 卡"),
            Aspect("大堂", "气派, 明亮", "寒酸, 昏暗"),
        ])

    private static let restaurant = Domain(
        grammar: Grammar(
            """
            thing:
                餐厅
            measure:
                家
            choosing:
                来这里吃饭
                选这家餐厅
            intro:
                {day}中午和{companion}来吃的。
                和{companion}一起点了{number}个菜。
                {month}和{companion}在这里聚餐。
                这个月来吃过{number}次。
            """),
        whole: Adjectives("干净, 热闹, 地道, 实惠", "脏, 冷清, 糊弄人, 贵"),
        aspects: [
            Aspect("菜", "好吃, 地道, 入味", "难吃, 咸, 油腻", manner: "做得"),
            Aspect("汤", "鲜美, 浓郁", "寡淡, 咸"),
            Aspect("鱼", "新鲜, 嫩", "腥, 老"),
            Aspect("服务员", "热情, 周到, 礼貌", "冷淡, 粗鲁, 敷衍"),
            Aspect("环境", "干净, 安静, 优雅", "脏, 吵, 拥挤"),
            Aspect("价格", "合理, 实惠, 公道", "离谱, 贵"),
            Aspect("上菜速度", "快, 稳定", "慢, 随意"),
            Aspect("甜点", "可口, 清爽", "难吃, 油腻"),
            Aspect("餐具", "干净, 精致", "脏, 廉价"),
            Aspect("菜单", "丰富, 清楚", "单调, 混乱"),
        ])

    private static let film = Domain(
        grammar: Grammar(
            """
            thing:
                电影
            measure:
                部
            choosing:
                看这部电影
                花这个时间
            intro:
                {day}和{companion}去电影院看的。
                {month}和{companion}一起看的。
                前前后后看了{number}遍。
                {day}晚上在家和{companion}看的。
            """),
        whole: Adjectives("精彩, 感人, 好看, 有趣", "无聊, 难看, 肤浅, 老套"),
        aspects: [
            Aspect("情节", "精彩, 紧凑, 新颖", "无聊, 拖沓, 老套"),
            Aspect("演员", "自然, 真实, 细腻", "生硬, 做作, 夸张", manner: "演得"),
            Aspect("台词", "幽默, 自然, 精彩", "尴尬, 生硬, 啰嗦"),
            Aspect("结局", "感人, 巧妙", "老套, 仓促"),
            Aspect("人物", "真实, 饱满", "单薄, 虚假"),
            Aspect("配乐", "好听, 动人", "刺耳, 单调"),
            Aspect("画面", "精美, 细腻", "粗糙, 昏暗"),
            Aspect("特效", "逼真, 震撼", "粗糙, 虚假"),
            Aspect("节奏", "紧凑, 流畅", "拖沓, 混乱"),
            Aspect("开头", "精彩, 巧妙", "无聊, 混乱"),
        ])

    private static let book = Domain(
        grammar: Grammar(
            """
            thing:
                书
            measure:
                本
            choosing:
                买这本书
                读这本书
            intro:
                花了{number}天读完的。
                {month}买给{companion}的。
                {day}收到的，和{companion}一起读完了。
                前前后后读了{number}遍。
            """),
        whole: Adjectives("精彩, 实用, 感人, 好看", "无聊, 空洞, 肤浅, 难看"),
        aspects: [
            Aspect("故事", "精彩, 感人, 新颖", "无聊, 老套, 肤浅"),
            Aspect("作者", "生动, 细腻, 流畅", "啰嗦, 空洞, 枯燥", manner: "写得"),
            Aspect("翻译", "准确, 流畅", "生硬, 混乱"),
            Aspect("插图", "精美, 清晰", "粗糙, 模糊"),
            Aspect("纸张", "厚实, 光滑", "薄, 粗糙"),
            Aspect("印刷", "清晰, 精美", "模糊, 粗糙"),
            Aspect("内容", "充实, 实用, 深刻", "空洞, 枯燥, 肤浅"),
            Aspect("人物", "真实, 饱满", "单薄, 虚假"),
            Aspect("结尾", "感人, 巧妙", "老套, 仓促"),
            Aspect("例子", "实用, 生动", "过时, 枯燥"),
        ])

    private static let telephone = Domain(
        grammar: Grammar(
            """
            thing:
                手机
            measure:
                部
            choosing:
                买这部手机
                花这个钱
            intro:
                用了{number}个月了。
                {month}买给{companion}的。
                {day}收到货，用了{number}天。
                是{companion}让我买的，用了{number}周。
            """),
        whole: Adjectives("流畅, 好用, 漂亮, 结实", "卡, 难用, 难看, 笨重"),
        aspects: [
            Aspect("屏幕", "清晰, 细腻, 明亮", "模糊, 昏暗"),
            Aspect("电池", "耐用, 可靠", "脆弱, 鸡肋"),
            Aspect("相机", "清晰, 自然", "模糊, 失真", manner: "拍得"),
            Aspect("声音", "清晰, 洪亮", "刺耳, 模糊"),
            Aspect("系统", "流畅, 稳定", "卡, 混乱"),
            Aspect("外观", "漂亮, 精致", "难看, 廉价"),
            Aspect("手感", "舒服, 细腻", "粗糙, 廉价"),
            Aspect("按键", "灵敏, 结实", "松, 迟钝"),
            Aspect("充电速度", "快, 稳定", "慢, 离谱"),
            Aspect("价格", "合理, 实惠, 公道", "离谱, 贵"),
        ])

    private static let delivery = Domain(
        grammar: Grammar(
            """
            thing:
                店
            measure:
                家
            choosing:
                在这里下单
                选这家店
            intro:
                {day}下的单，{month}的时候也买过。
                {month}给{companion}买的礼物。
                一共买了{number}箱。
                在这里给{companion}买过{number}次。
            """),
        whole: Adjectives("可靠, 贴心, 实在, 专业", "马虎, 敷衍, 坑人, 混乱"),
        aspects: [
            Aspect("发货速度", "快, 稳定", "慢, 随意"),
            Aspect("快递员", "热情, 礼貌, 细心", "冷淡, 粗鲁, 马虎"),
            Aspect("包装", "结实, 精致, 严实", "简陋, 马虎, 松散"),
            Aspect("客服", "热情, 耐心, 专业", "冷淡, 敷衍, 傲慢"),
            Aspect("客服", "及时, 清楚, 耐心", "敷衍, 含糊, 慢", manner: "回复得"),
            Aspect("物流信息", "准确, 及时", "混乱, 含糊"),
            Aspect("运费", "合理, 实惠, 公道", "离谱, 贵"),
            Aspect("水果", "新鲜, 甜, 可口", "酸, 难吃"),
            Aspect("退货流程", "简单, 方便", "复杂, 麻烦"),
            Aspect("页面", "清楚, 流畅", "混乱, 卡"),
        ])
}
