from services.matchmaking.engine.terms import class_names, pieces, term_rules, term_table

TABLE = term_table("2021-1")


def test_generic_policy_words_weigh_nothing() -> None:
    assert TABLE.terms(["研发项目平台合作"]) == {}


def test_vocabulary_words_stand_beside_their_bigrams() -> None:
    assert {"检验检测", "检验", "检测", "验检"} <= set(TABLE.terms(["检验检测"]))


def test_width_and_case_do_not_matter() -> None:
    assert TABLE.terms(["ＳａａＳ"]) == TABLE.terms(["saas"]) == {"saas": 1.0}


def test_a_common_term_weighs_less_than_a_rare_one_and_an_unknown_one_the_median() -> None:
    rules = term_rules().get("TERMS", "2021-1")
    low, high = rules.bounds
    assert low <= TABLE.weight("制品") < TABLE.weight("装配") <= high
    assert TABLE.weight("甲乙") == TABLE.weight("乙丙")


def test_terms_are_cut_the_same_way_whatever_stands_around_them() -> None:
    assert pieces("航空物流", (), ()) == {"航空", "空物", "物流"}


def test_a_group_is_described_by_its_classes() -> None:
    assert "砼结构构件制造" in class_names("302") or len(class_names("302")) > 1
    assert len(class_names("3022")) == 1


def test_the_cover_does_not_depend_on_the_order_of_the_terms() -> None:
    terms = TABLE.terms(["预制构件 钢结构 装配式建筑 检验检测 团体标准 冷链物流 航空物流 葡萄种植"])
    given = {t: 0.3 for n, t in enumerate(sorted(terms)) if n % 3}
    orders = [sorted(terms), sorted(terms, reverse=True), sorted(terms, key=lambda t: t[::-1])]
    assert len({TABLE.cover(dict.fromkeys(order, 0.3), given) for order in orders}) == 1
