"""Tables in Markdown."""

from em.target import Target


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def target_table(found: list[Target]) -> str:
    rows = []
    for target in found:
        sign = "<=" if target.lower_is_better else ">="
        bounds = [f"{sign} {bound:g}" if bound else "" for bound in (target.must, target.reach)]
        value = "" if target.value is None else f"{target.value:.3g}"
        rows.append([target.what, value, *bounds, target.verdict(), target.detail])
    return table(["", "measured", "must", "reach for", "verdict", "shape by shape"], rows)
