"""The judge on a small set of our own: eight needs of firms, thirteen offers of associations, graded 0–3 by both sides."""

import json
from datetime import date
from pathlib import Path
from random import Random

import pytest

from services.matchmaking.engine.scoring import Scale
from services.matchmaking.engine.terms import term_table
from services.matchmaking.engine.weights import weights
from services.matchmaking.judge import BadFile, half_width, judge, judged_of, main, measures, ndcg, own_table, rows_of

ZONE = Path(__file__).parent / "judged" / "zone.csv"
SCALE = Scale(weights().in_force(date(2026, 3, 9), "MATCH"), term_table("2021-1"))
HEAD = "query,candidate,grade,query_text,candidate_text\n"


def test_discounted_gain_as_in_the_paper() -> None:
    gains = {"a": 3.0, "b": 2.0, "c": 3.0, "d": 0.0, "e": 1.0, "f": 2.0}
    assert ndcg("abcdef", gains, 6) == pytest.approx(0.9608, abs=1e-4)
    assert ndcg("acbfed", gains, 6) == 1.0
    assert ndcg("d", {"d": 0.0}, 10) == 0.0


def test_measures_of_one_list() -> None:
    told = measures(("x", "y", "z"), {"x": 0, "y": 3, "z": 2}, lowest=0, relevant=2, top=2)
    assert (told["recall"], told["mrr"], told["success@1"]) == (0.5, 0.5, 0.0)
    assert told["ndcg"] == pytest.approx((7 / 1.584963) / (7 + 3 / 1.584963), abs=1e-6)


def test_both_sides_together_rank_better_than_one_and_than_chance() -> None:
    """One candidate promises everything to everybody: by the need alone it is among the best, by both sides it is not."""
    found = judge(judged_of(rows_of(ZONE)), SCALE, top=3)["methods"]
    assert found["mutual"]["ndcg"] > found["one side"]["ndcg"] > found["chance"]["ndcg"]
    assert found["mutual"]["success@1"] == 1.0
    assert found["mutual"]["both recall"] > found["chance"]["both recall"]


def test_it_says_the_same_again_and_says_what_it_counted() -> None:
    one, again = (judge(judged_of(rows_of(ZONE)), SCALE) for _ in range(2))
    assert one == again
    assert {n: one[n] for n in ("pairs", "queries", "counted", "relevant_from")} == {
        "pairs": 56,
        "queries": 8,
        "counted": 8,
        "relevant_from": 2,
    }


def test_popularity_does_not_know_the_answer_it_is_asked_for() -> None:
    rows = [
        {"query": q, "candidate": c, "grade": g, "query_text": "冷链", "candidate_text": "物流"}
        for q, c, g in (("q", "a", 1), ("q", "b", 0))
    ]
    found = judge(judged_of(enumerate(rows, 2)), SCALE)["methods"]["popularity"]
    assert found["success@1"] == 1.0  # a tie, that goes by id
    rows[0]["grade"], rows[1]["grade"] = 0, 1
    assert judge(judged_of(enumerate(rows, 2)), SCALE)["methods"]["popularity"]["success@1"] == 0.0


def test_terms_of_the_file_itself_weigh_by_how_rare_they_are_in_it() -> None:
    table = own_table(judged_of(rows_of(ZONE)))
    assert table.weight("马拉") > table.weight("物流")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD, "no pair in it"),
        ("query,grade\nq,1\n", "row 2: candidate missing"),
        (HEAD + "q,c,good,一,二\n", "row 2: grade is not a whole number"),
        (HEAD + "q,c,1,一,二\nq,c,2,一,二\n", "row 3: this pair was judged before, and differently"),
        (HEAD + "q,c,1,,二\n", "1 ids have no text, the first is a query"),
        (HEAD + "q,c,1,一,二\nq,d,1,一,二\n", "no query has a candidate that is better than the others"),
    ],
)
def test_what_cannot_be_judged_is_said_by_row_and_without_its_content(
    text: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(text, "utf-8")
    assert main([str(file)]) == 2
    assert capsys.readouterr().err == f"pairs.csv: {why}\n"


@pytest.mark.parametrize(("name", "content"), [("x.csv", b"\xff\xfe\x00"), ("x.jsonl", b"{"), ("x.jsonl", b"[1]")])
def test_hostile_files_are_one_sentence(name: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_bytes(content)
    assert main([str(tmp_path / name)]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert main([str(tmp_path / "none.csv")]) == 2


def test_json_lines_and_tabs_are_read_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row for _, row in rows_of(ZONE)]
    (tmp_path / "z.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    (tmp_path / "z.tsv").write_text("\n".join("\t".join(r) for r in ([*rows[0]], *([*r.values()] for r in rows))), "utf-8")
    told = []
    for file in (ZONE, tmp_path / "z.jsonl", tmp_path / "z.tsv"):
        assert main([str(file), "--json", "--at-least", "0.9"]) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1] == told[2]


def test_a_worse_ranking_than_asked_for_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(ZONE), "--at-least", "1.01"]) == 1
    assert "mutual" in capsys.readouterr().out


def test_the_interval_is_none_where_all_queries_agree() -> None:
    assert half_width([0.5] * 9, Random(1)) == 0.0
    with pytest.raises(BadFile):
        judged_of([])
