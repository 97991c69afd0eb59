"""The schedule of a ship: nothing begins before what it reads, and only what can run does."""

from hypothesis import given
from hypothesis import strategies as st

from nbship.core.workspace.schedule import Schedule

NAMES = "abcdefgh"


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Return notebooks, each of which reads some of those before it."""
    count = draw(st.integers(1, len(NAMES)))
    return {
        name: tuple(draw(st.sets(st.sampled_from(NAMES[:number]))) if number else ())
        for number, name in enumerate(NAMES[:count])
    }


def farther(graph: dict[str, tuple[str, ...]], name: str) -> set[str]:
    """Return all that is upstream of a notebook."""
    return set(graph[name]).union(*(farther(graph, above) for above in graph[name]))


@given(graphs(), st.data())
def test_each_begins_once_after_what_it_reads_or_is_held_by_a_failure(
    graph: dict[str, tuple[str, ...]], data: st.DataObject
) -> None:
    failing = data.draw(st.sets(st.sampled_from(sorted(graph))))
    schedule, going, begun, held = Schedule(graph), set[str](), list[str](), set[str]()
    while not schedule.is_over:
        for name, cause in schedule.held.items():
            assert cause in graph[name]
            assert cause in held | failing
            assert name not in held
            held.add(name)
            schedule = schedule.end(name, has_succeeded=False)
        ready = set(schedule.ready)
        assert ready.isdisjoint(going | held | set(begun))
        moves = sorted(f"{kind}{name}" for kind, names in (("+", ready), ("-", going))
                       for name in names)  # fmt: skip
        if not moves:
            continue
        move = data.draw(st.sampled_from(moves))
        kind, name = move[0], move[1:]
        if kind == "+":
            assert farther(graph, name) <= set(begun) - going - failing
            schedule = schedule.begin(name)
            if data.draw(st.booleans()):
                schedule = schedule.put_back(name)
                assert name in schedule.ready
                schedule = schedule.begin(name)
            begun.append(name)
            going.add(name)
        else:
            going.remove(name)
            schedule = schedule.end(name, has_succeeded=name not in failing)
    assert sorted([*begun, *held]) == sorted(graph)
    assert held == {name for name in graph if farther(graph, name) & failing}
    assert {name for name, passed in schedule.ended.items() if not passed} == (
        held | failing & set(begun)
    )


def test_what_is_ready_comes_in_the_order_of_the_ship() -> None:
    schedule = Schedule({"b": (), "a": (), "c": ("a",)})
    assert schedule.ready == ("b", "a")
    assert schedule.begin("a").end("a", has_succeeded=True).ready == ("b", "c")
    assert schedule.begin("a").end("a", has_succeeded=False).held == {"c": "a"}
    assert not schedule.is_over


def test_of_several_failures_upstream_the_first_one_is_named() -> None:
    schedule = Schedule({"a": (), "b": (), "c": ("a", "b")})
    for name in ("b", "a"):
        schedule = schedule.begin(name).end(name, has_succeeded=False)
    assert schedule.held == {"c": "a"}
    assert schedule.end("c", has_succeeded=False).held == {}
