"""Identity numbers (requirements C.6): GB 11643 check characters, and disability certificates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.workflows.identity import (
    DocumentType,
    check_character,
    key_of,
    normalised,
    possible_keys,
    type_of,
)

SAMPLES = ("11010519491231002X", "440524188001010014")
seventeen = st.text("0123456789", min_size=17, max_size=17)


@pytest.mark.parametrize("number", SAMPLES)
def test_c6_the_samples_of_the_standard_are_valid(number):
    assert normalised(number) == number
    assert check_character(number[:17]) == number[17]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("11010519491231002x", "11010519491231002X", id="a lower-case x"),
        pytest.param(" 110105 19491231 002X ", "11010519491231002X", id="spaces"),
        pytest.param("110105\u300019491231002X", "11010519491231002X", id="a full-width space"),
        pytest.param("11010519491231002X44", "11010519491231002X44", id="20: class and level"),
        pytest.param("11010519491231002x44b1", "11010519491231002X44B1", id="22 characters"),
    ],
)
def test_c6_a_number_is_kept_without_spaces_and_in_upper_case(written, kept):
    assert normalised(written) == kept
    assert normalised(kept) == kept


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("110105194912310021", id="the check character is wrong"),
        pytest.param("11010519491231002Y", id="the check character is none"),
        pytest.param("11010519491231002\u2169", id="a Roman ten for the X"),
        pytest.param("440524188001010015", id="the last digit is wrong"),
        pytest.param("110105194912310021" + "44", id="wrong within a certificate's number"),
        pytest.param("", id="nothing"),
        pytest.param("110105491231002", id="15: of the first generation"),
        pytest.param("11010519491231002", id="17"),
        pytest.param("11010519491231002X4", id="19"),
        pytest.param("11010519491231002X444", id="21"),
        pytest.param("11010519491231002X44444", id="23"),
        pytest.param("1101051949123100AX", id="a letter among the digits"),
        pytest.param("X1010519491231002X", id="an X among the digits"),
        pytest.param("-1010519491231002X", id="a sign"),
        pytest.param("\uff11\uff11010519491231002X", id="full-width digits"),
        pytest.param("11010519491231002²", id="a superscript digit"),
        pytest.param("11010519491231\u200b002X", id="a zero-width space"),
        pytest.param("11010519491231002X4四", id="a certificate that ends in Chinese"),
        pytest.param("11010519491231002Xß", id="19, of which upper case makes 20"),
        pytest.param("11010519491231002X1\u017f", id="a long s, of which upper case makes an S"),
        pytest.param("11010519491231002X4-", id="a certificate that ends in a sign"),
    ],
)
def test_c6_a_number_that_no_document_has_is_refused(number):
    with pytest.raises(ValueError, match=r"must have|holds|ends with|check character"):
        normalised(number)


IDENTITY, CERTIFICATE, OTHER = DocumentType
ONE_PERSONS = ("11010519491231002X", "11010519491231002X44", "11010519491231002X44B1")


def test_c6_a_persons_numbers_have_one_key():
    assert {key_of(number, type_of(number)) for number in ONE_PERSONS} == {ONE_PERSONS[0]}


def test_c6_where_no_document_is_named_the_length_tells_which_it_is():
    assert [type_of(number) for number in ONE_PERSONS] == [IDENTITY, CERTIFICATE, CERTIFICATE]


@pytest.mark.parametrize(
    ("document_type", "number"),
    [
        pytest.param(IDENTITY, ONE_PERSONS[1], id="20 for an identity card"),
        pytest.param(IDENTITY, ONE_PERSONS[2], id="22 for an identity card"),
        pytest.param(CERTIFICATE, ONE_PERSONS[0], id="18 for a certificate"),
        pytest.param(CERTIFICATE, "E12345678", id="a passport's for a certificate"),
        pytest.param(OTHER, "E12", id="3 of another document"),
        pytest.param(OTHER, "E" * 41, id="41 of another document"),
        pytest.param(OTHER, "E123_456", id="a sign that no document has"),
        pytest.param(OTHER, "E123:456", id="the sign by which the register tells them apart"),
        pytest.param(OTHER, "E123456\uff17", id="a full-width digit"),
        pytest.param(OTHER, "", id="nothing"),
    ],
)
def test_c6_a_number_that_the_named_document_cannot_have_is_refused(document_type, number):
    with pytest.raises(ValueError, match=r"must have|holds"):
        normalised(number, document_type)


@pytest.mark.parametrize("number", [" e12345678 ", "E12 345 678", "E12345678"])
def test_c6_another_documents_number_is_kept_without_spaces_and_in_upper_case(number):
    assert normalised(number, OTHER) == "E12345678"
    assert possible_keys(number) == {key_of("E12345678", OTHER)}


def test_c6_another_documents_number_is_never_taken_for_a_persons_identity():
    assert key_of(ONE_PERSONS[0], OTHER) != key_of(ONE_PERSONS[0], IDENTITY)
    assert possible_keys(ONE_PERSONS[0]) == {
        key_of(ONE_PERSONS[0], OTHER),
        key_of(ONE_PERSONS[0], IDENTITY),
    }
    assert possible_keys("张三") == set()


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/", min_size=4, max_size=40))
def test_c6_any_letters_digits_hyphens_and_slashes_may_be_another_documents(number):
    assert normalised(number.lower(), OTHER) == number


@given(seventeen)
def test_c6_every_seventeen_digits_have_one_check_character(digits):
    valid = [c for c in "0123456789X" if is_valid(digits + c)]

    assert valid == [check_character(digits)]


@given(seventeen, st.integers(0, 16), st.integers(1, 9))
def test_c6_one_wrong_digit_is_always_noticed(digits, place, shift):
    wrong = str((int(digits[place]) + shift) % 10)
    mistyped = digits[:place] + wrong + digits[place + 1 :]

    assert not is_valid(mistyped + check_character(digits))


@given(seventeen, st.integers(0, 15))
def test_c6_two_neighbouring_digits_that_changed_places_are_always_noticed(digits, place):
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]

    assert is_valid(swapped + check_character(digits)) is (swapped == digits)


def is_valid(number):
    try:
        normalised(number)
    except ValueError:
        return False
    return True
