"""The crash points on the way to an insurer: logins, and each call from its announcement to its end."""

from .place import DURABLE, LOG, Moment, Place, Point, around


_CLIENT = "bipro_sync.bipro.client:BiproClient"
_BREAKER = "bipro_sync.sync.breaker:Breaker"
_APPEND_FILE = f"{DURABLE}:AppendFile"
_SENT = Place("bipro_sync.bipro.calls.exchange:Exchange._trace", {"event": "http11.send_request_body.complete"})


def logins():
    yield from around("the login is noted", Place(f"{_BREAKER}.attempt"))
    yield from around("the login is concluded", Place(f"{_BREAKER}.conclude"))
    for verdict in ("accepted", "refused"):
        scenario = "mail comes" if verdict == "accepted" else "the password is wrong"
        place = Place(f"{_BREAKER}.conclude", {"verdict": verdict})
        yield from around(f"the login is known to be {verdict}", place, scenario=scenario)


def calls():
    operations = {
        "the login": ("login", "RequestSecurityToken", "two insurers have mail"),
        "the list": ("list_shipments", "listShipments", "lists are cut"),
        "the fetch": ("fetch", "getShipment", "four at once"),
        "the acknowledgement": ("acknowledge", "acknowledgeShipment", "mail is acknowledged later"),
        "the end of the session": ("close", "CancelToken", "mail comes"),
    }
    for name, (method, operation, scenario) in operations.items():
        at_work = Place(f"{_CLIENT}.{method}")
        announced = Place(f"{LOG}.intent", {"intent.operation": operation})
        appended = Place(f"{LOG}._append_locked", {"drafts.type": "call.intent", "drafts.operation": operation})
        yield from around(f"{name} is announced", announced, scenario=scenario)
        for what, moment, place, during in (
            ("is announced in a line that may be lost", Moment.BEFORE, Place(f"{_APPEND_FILE}.sync"), appended),
            ("is sent", Moment.AFTER, _SENT, at_work),
            ("is answered", Moment.AFTER, Place("bipro_sync.bipro.calls.call:Call.send"), at_work),
            ("has its outcome in the log", Moment.AFTER, Place(f"{LOG}.outcome"), at_work),
            ("is over", Moment.AFTER, at_work, None),
        ):
            yield Point(f"{name} {what}", moment, place, during=during, scenario=scenario)
