import re

from bipro_sync.model.kinds import Kind
from bipro_sync.report.charts import columns, stacked_bars


def test_a_bar_is_as_long_as_its_counts_and_a_long_name_stays_inside():
    chart = stacked_bars([("a" * 60, {Kind.MAIL: 3, Kind.EVENT: 1}), ("b", {})], title="x")
    mail, event = (float(width) for width in re.findall(r'<rect [^>]*width="([0-9.]+)"', chart))
    assert abs(mail - 3 * event) < 0.5
    assert f">{'a' * 20}…</text>" in chart
    assert "a" * 22 not in re.sub(r"<title>.*?</title>", "", chart)


def test_figures_of_a_month_of_thousands_do_not_run_into_each_other():
    def sizes(count):
        chart = columns([(f"{day:02}.", count) for day in range(1, 32)], title="x")
        return {int(size) for size in re.findall(rf'font-size="(\d+)">{count}<', chart)}

    assert (sizes(999), sizes(12345)) == ({13}, {9})
