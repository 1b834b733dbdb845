"""The tables by which matters and conferences are followed up, held against themselves."""

import pytest

from projects.choices import (
    Action,
    CoordinationLevel,
    MatterKind,
    MatterState,
    MeetingState,
)
from projects.following import (
    BY_NAME,
    MEETING_BY_NAME,
    MEETING_STEPS,
    PHASES,
    STEPS,
    document_number,
    handing_out,
    level_above,
    numbered,
)


def test_names_are_used_once():
    assert len(BY_NAME) == len(STEPS)
    assert len(MEETING_BY_NAME) == len(MEETING_STEPS)


def test_every_state_of_a_matter_is_reached_and_left():
    assert {step.target for step in STEPS} == set(MatterState)
    left = set().union(*(step.origins for step in STEPS))
    assert left == set(MatterState)


@pytest.mark.parametrize("kind", MatterKind)
@pytest.mark.parametrize("state", MatterState)
def test_of_each_kind_and_state_no_two_steps_have_one_verb(kind, state):
    verbs = [step.verb for step in STEPS if state in step.origins and kind in step.kinds]
    assert len(verbs) == len(set(verbs))
    assert verbs


def test_a_slip_is_issued_and_all_else_is_assigned():
    assert {kind: handing_out(kind).name for kind in MatterKind} == {
        MatterKind.PROBLEM: "assign",
        MatterKind.DECISION: "assign",
        MatterKind.INSTRUCTION: "assign",
        MatterKind.SLIP: "issue",
    }


def test_the_unit_files_and_recalls_and_the_bureau_does_all_else():
    assert {step.name for step in STEPS if step.unit_may} == {"file", "recall"}


def test_only_the_confirmation_takes_another_person():
    assert {step.name for step in STEPS if step.another_person} == {"confirm"}
    assert {step.name for step in STEPS if step.target == MatterState.CLOSED} == {"confirm"}


def test_what_goes_back_or_ends_without_result_asks_for_a_note():
    assert {step.name for step in STEPS if step.needs_note} == {
        *("file", "send-back", "reopen", "drop", "restore"),
    }
    assert {step.name for step in STEPS if step.is_back} == {"recall", "send-back", "reopen"}
    assert {step.name for step in STEPS if step.hands_out} == {"issue", "assign"}
    assert {step.name for step in STEPS if step.is_forward} == {
        *("issue", "assign", "file", "confirm"),
    }
    assert {step.name for step in STEPS if step.needs_handling} == {"file", "confirm"}


def test_every_step_has_an_action_of_its_own():
    assert len({step.action for step in STEPS}) == len(STEPS)
    assert {step.action for step in (*STEPS, *MEETING_STEPS)} <= set(Action)


def test_every_state_stands_somewhere_on_the_clock():
    assert set(PHASES) == set(MatterState)


def test_a_conference_is_held_and_closed_or_cancelled_and_each_can_be_taken_back():
    assert {(s.name, *sorted(s.origins), s.target) for s in MEETING_STEPS} == {
        ("hold", MeetingState.PLANNED, MeetingState.HELD),
        ("conclude", MeetingState.HELD, MeetingState.CLOSED),
        ("reopen", MeetingState.CLOSED, MeetingState.HELD),
        ("cancel", MeetingState.HELD, MeetingState.PLANNED, MeetingState.CANCELLED),
        ("replan", MeetingState.CANCELLED, MeetingState.PLANNED),
    }
    assert {s.name for s in MEETING_STEPS if s.needs_note} == {"reopen", "cancel", "replan"}


@pytest.mark.parametrize(
    ("level", "above"),
    [
        (CoordinationLevel.COUNTY, CoordinationLevel.CITY),
        (CoordinationLevel.CITY, CoordinationLevel.PROVINCE),
        (CoordinationLevel.PROVINCE, None),
    ],
)
def test_levels_rise_to_the_province_and_no_further(level, above):
    assert level_above(level) is above


def test_a_slip_is_numbered_as_the_office_numbers_its_papers():
    assert document_number(2026, 1) == "成资同城督〔2026〕1号"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (document_number(2026, 12), (2026, 12)),
        ("〔2026〕1号", (2026, 1)),
        ("2026〕1号", (2026, 1)),
        ("20261号", (2026, 1)),
        ("成资同城督", None),
        ("２０２６〕1号", None),
        ("〔2026〕号", None),
    ],
)
def test_a_document_number_is_read_as_it_is_written(written, number):
    assert numbered(written) == number
