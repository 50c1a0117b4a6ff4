"""The one list of crash points."""

from . import points_of_calls, points_of_files, points_of_operators, points_of_records


POINTS = [
    point
    for group in (
        points_of_files.opened,
        points_of_records.records,
        points_of_files.replaced,
        points_of_files.drafted,
        points_of_records.recovered,
        points_of_calls.logins,
        points_of_calls.calls,
        points_of_records.rows,
        points_of_files.received,
        points_of_files.published,
        points_of_files.copied,
        points_of_records.moves,
        points_of_records.together,
        points_of_operators.decided,
        points_of_operators.rebuilt,
    )
    for point in group()
]
BY_NAME = {point.name: point for point in POINTS}
