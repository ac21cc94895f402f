"""Words for names, addresses and descriptions."""

ADJECTIVES = (
    "Classic Compact Folding Foldable Large Small Slim Round Square Tall Low Light Heavy Quiet Bright Soft Sturdy Plain"
    " Striped Matte Glossy Nordic Rustic Modern Vintage Everyday Portable Stackable Adjustable Waterproof Insulated"
    " Organic Recycled Handmade Professional Junior Travel Outdoor Indoor Deluxe"
).split()
MATERIALS = (
    "Oak Walnut Beech Pine Bamboo Cork Rattan Steel Copper Brass Iron Aluminium Glass Ceramic Porcelain Stoneware"
    " Marble Slate Linen Cotton Wool Felt Canvas Denim Leather Silk Hemp Rubber Silicone Paper"
).split()
THINGS = (
    "Table,Desk,Shelf,Stool,Bench,Chair,Lamp,Lantern,Mirror,Frame,Clock,Vase,Bowl,Plate,Mug,Cup,Jug,Kettle,Pan,Pot,"
    "Knife Block,Cutting Board,Tray,Basket,Crate,Box,Hook Rail,Coat Rack,Doormat,Rug,Curtain,Cushion,Blanket,Towel,"
    "Apron,Oven Glove,Tea Cosy,Bottle,Lunch Box,Backpack,Tote Bag,Wallet,Belt,Scarf,Hat,Gloves,Notebook,Pencil Case,"
    "Bookend,Letter Tray,Watering Can,Planter,Bird House,Tool Roll,Bicycle Bell,Yoga Mat,Skipping Rope,Chess Set,"
    "Toy Train,Music Box"
).split(",")
CHINESE_MATERIALS = "橡木 胡桃木 竹制 不锈钢 陶瓷 玻璃 亚麻 纯棉 羊毛 皮革".split()
CHINESE_THINGS = "茶壶 茶杯 餐桌 书架 台灯 花瓶 毛毯 背包 笔记本 砧板 靠垫 雨伞".split()
CATEGORIES = (
    "kitchen tables chairs lighting storage bedding bath rugs curtains decoration clocks mirrors coffee-and-tea"
    " glassware cutlery cookware baking lunch outdoor garden plants birds tools cleaning laundry pets bags wallets"
    " scarves hats gloves belts stationery pens notebooks desk books games puzzles toys music yoga cycling camping"
    " travel candles gifts cards seasonal sale"
).split()
SENTENCES = (
    (
        "Made in small batches by a family workshop that has done nothing else for forty years.",
        "A quiet companion for every day, built to be repaired rather than replaced.",
        "Designed with people who cook, clean and carry things for a living.",
        "The first thing that guests notice, and the last that needs attention.",
        "Drawn from a pattern that our grandparents knew, with the parts that broke made stronger.",
    ),
    (
        "The surface is finished by hand with plant oil and takes on a deeper colour with use.",
        "All parts can be taken apart without tools and cleaned in the dishwasher.",
        "It folds flat, fits under a bed and weighs less than two kilograms.",
        "Every piece differs a little in grain and shade.",
        "The colour does not fade in the sun and does not rub off on light clothes.",
    ),
    (
        "Wipe it with a damp cloth; spare parts are in our shop.",
        "Packed in cardboard only, without plastic.",
        "The warranty is five years.",
        "Please allow two days for delivery, and five for the mountains and islands.",
        "It pairs well with the bowls and boards of the same series.",
    ),
)
FIRST_NAMES = (
    "Ada Ben Carla Deniz Elif Femi Grace Hana Ines Jonas Kofi Lena Mina Noor Otto Priya Quinn Rosa Sami Tomas Uma"
    " Viktor Wanda Ximena Yara Zoe"
).split()
LAST_NAMES = (
    "Abel Baker Costa Diaz Evans Fischer Garcia Haddad Ito Jensen Kumar Lopez Meyer Novak Okafor Park Quist Rivera"
    " Silva Tanaka Ueda Vidal Weber Xu Yilmaz Zeman"
).split()
CHINESE_NAMES = "王伟 李小雨 张敏 刘洋 陈静 杨帆 赵磊 黄丽 周杰 吴桐".split()
STREETS = "Harbour Street,Mill Lane,Station Road,Garden Avenue,Church Hill,Market Square,River Walk,Park Row".split(",")
CITIES = ("Portland", "Austin", "Boise", "Tulsa")
REGIONS = ("ME", "TX", "ID", "OK")
POSTAL_CODES = ("04101", "78701", "83702", "74103")
