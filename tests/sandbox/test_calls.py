"""The log of calls is complete, in order, there before the answer, and survives a crash."""

import hashlib
import json
import threading


def test_each_call_stands_in_the_log_in_order_with_its_facts(start):
    client = start()
    client.login("falsch")
    client.login()
    client.list()
    sent = len(client.get("S-2").body)
    client.acknowledge("S-2")
    client.acknowledge("S-2")
    calls = client.insurer.calls()
    assert [call["seq"] for call in calls] == [1, 2, 3, 4, 5, 6]
    assert [call["ts"] for call in calls] == sorted(call["ts"] for call in calls)
    assert [(call["operation"], call.get("shipment"), call["status"]) for call in calls] == [
        ("login", None, 500),
        ("login", None, 200),
        ("listShipments", None, 200),
        ("getShipment", "S-2", 200),
        ("acknowledgeShipment", "S-2", 200),
        ("acknowledgeShipment", "S-2", 200),
    ]
    assert [call["codes"] for call in calls] == [["00960", "00961"], [], ["04000"], ["04000"], ["04000"], ["04003"]]
    assert [call["effects"] for call in calls] == [["refused"], ["token"], [], [], ["acknowledged"], []]
    assert {call["user"] for call in calls} == {"MAKLER-0815"}
    assert calls[2]["listed"] == ["S-1", "S-2"]
    content = (bytes(range(256)) * 20)[:5000]
    assert calls[3]["files"] == [{"name": "zwei.bin", "size": 5000, "sha256": hashlib.sha256(content).hexdigest()}]
    assert calls[3]["sent"] == sent
    assert all(call["received"] > 300 for call in calls)


def test_no_password_and_no_token_stands_in_the_log(start):
    client = start()
    client.login("geheim-aber-falsch")
    client.login()
    client.list()
    text = client.insurer.log_path.read_text(encoding="utf-8")
    assert client.token
    assert client.token.removeprefix("bipro:") not in text
    assert "geheim" not in text


def test_a_call_can_be_read_in_the_log_when_its_answer_arrives(start):
    client = start()
    client.login()
    for number in range(2, 102):
        client.list()
        assert len(client.insurer.calls()) == number


def test_calls_of_several_connections_are_numbered_without_gaps(start, client_class):
    client = start()
    client.login()
    others = [client_class(client.insurer) for _ in range(8)]

    def work(other):
        other.token = client.token
        for _ in range(10):
            assert other.list().status == 200

    threads = [threading.Thread(target=work, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.connection.close()
    assert [call["seq"] for call in client.insurer.calls()] == list(range(1, 82))


def test_a_restarted_insurer_remembers_what_was_acknowledged_and_what_vanished(start):
    first = start('[[misbehave]]\non = "getShipment"\nshipment = "S-2"\ndo = "vanish"\n')
    first.login()
    first.acknowledge("S-1")
    first.get("S-2")
    first.insurer.kill()
    second = start()
    assert second.list().codes() == ["00900", "00909"]
    second.token = first.token
    assert second.list().codes() == ["00960", "00962"]
    second.login()
    assert second.list().ids() == []
    assert second.acknowledge("S-1").codes() == ["04003"]
    assert [call["seq"] for call in second.insurer.calls()] == list(range(1, 9))


def test_a_restarted_insurer_remembers_wrong_passwords_and_the_lock(start):
    first = start()
    first.login("falsch")
    first.login("falsch")
    first.insurer.kill()
    second = start()
    assert second.login("falsch").codes() == ["00965"]
    second.insurer.kill()
    assert start().login().codes() == ["00964"]


def test_a_line_cut_by_a_crash_is_forgotten(start):
    first = start()
    first.login()
    first.acknowledge("S-1")
    first.insurer.kill()
    with first.insurer.log_path.open("a", encoding="utf-8") as log:
        log.write('{"seq": 3, "operation": "acknowl')
    second = start()
    second.login()
    assert second.list().ids() == ["S-2"]
    lines = second.insurer.log_path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3, 4]
