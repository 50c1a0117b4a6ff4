import pytest

from bipro_sync.model.rights import CUSTOMER_DATA, OF_ONE_INSURER, RIGHTS, Role, Verb


TABLE = """
                        admin  operator  reader  auditor  dpo  schedule
pull                    yes    yes       no      no       no   yes
import                  yes    yes       no      no       no   no
daemon                  yes    yes       no      no       no   yes
shipments list          yes    yes       yes     yes      yes  no
shipments list --json   yes    yes       yes     no       yes  no
shipments show          yes    yes       yes     no       yes  no
shipments hold          yes    yes       no      no       no   no
shipments release       yes    yes       no      no       no   no
shipments retry         yes    yes       no      no       no   no
shipments ack           yes    yes       no      no       no   no
documents list          yes    yes       yes     no       yes  no
documents search        yes    yes       yes     no       yes  no
documents index         yes    yes       no      no       no   yes
contracts list          yes    yes       yes     no       yes  no
contracts show          yes    yes       yes     no       yes  no
contracts history       yes    yes       yes     no       yes  no
contracts diff          yes    yes       yes     no       yes  no
documents export        yes    yes       no      no       yes  no
inbox list              yes    yes       yes     no       no   no
inbox done              yes    yes       yes     no       no   no
inbox reopen            yes    yes       yes     no       no   no
report run              yes    yes       yes     no       yes  yes
report month            yes    yes       yes     no       yes  yes
handover run            yes    yes       no      no       no   yes
handover list           yes    yes       yes     yes      yes  yes
insurers unblock        yes    yes       no      no       no   no
insurers suspend        yes    yes       no      no       no   no
insurers resume         yes    yes       no      no       no   no
credentials set         yes    yes       no      no       no   no
certs import            yes    yes       no      no       no   no
insurers add            yes    yes       no      no       no   no
doctor --login          yes    yes       no      no       no   no
archive verify          yes    yes       no      yes      yes  yes
archive rebuild         yes    yes       no      no       no   no
archive index           yes    yes       no      no       no   no
archive copy            yes    yes       no      no       no   no
archive compare         yes    yes       no      yes      yes  no
archive keep            yes    no        no      no       yes  no
archive kept            yes    yes       no      yes      yes  no
archive let-go          yes    no        no      no       yes  no
archive prune           yes    no        no      no       no   no
audit list              yes    yes       no      yes      yes  no
audit verify            yes    yes       no      yes      yes  yes
audit who               yes    no        no      yes      yes  no
audit coverage          yes    yes       no      yes      yes  no
audit export            yes    no        no      yes      yes  no
audit selftest          yes    yes       no      yes      yes  no
audit checkpoint        yes    yes       no      no       no   yes
audit prune             yes    no        no      no       no   no
docs procedure          yes    yes       no      yes      yes  no
alert test              yes    yes       no      no       no   no
alert unit-failed       yes    yes       no      no       no   yes
backup create           yes    yes       no      no       no   yes
backup verify           yes    yes       no      no       no   yes
backup restore          yes    no        no      no       no   no
support-bundle          yes    yes       no      no       no   no
"""

HEAD, *ROWS = TABLE.strip().splitlines()
ROLES = HEAD.split()
CELLS = [(row[:24].strip(), role, answer) for row in ROWS for role, answer in zip(ROLES, row[24:].split(), strict=True)]


@pytest.mark.parametrize(("verb", "role", "answer"), CELLS)
def test_each_role_may_do_what_the_table_says_and_nothing_else(verb, role, answer):
    assert (Role(role) in RIGHTS[Verb(verb)]) is (answer == "yes")


def test_the_table_has_every_verb_and_every_role():
    assert {verb for verb, _, _ in CELLS} == set(Verb) == set(RIGHTS)
    assert set(ROLES) == set(Role)


def test_an_auditor_sees_no_customer_s_data_and_no_schedule_does():
    for verb in CUSTOMER_DATA:
        assert RIGHTS[verb].isdisjoint({Role.AUDITOR, Role.SCHEDULE})


def test_what_an_auditor_of_one_insurer_may_do_is_for_auditors():
    assert all(Role.AUDITOR in RIGHTS[verb] for verb in OF_ONE_INSURER)


def test_a_schedule_may_do_nothing_that_an_operator_may_not():
    assert all(Role.OPERATOR in roles for roles in RIGHTS.values() if Role.SCHEDULE in roles)
