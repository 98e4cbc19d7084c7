"""What is kept about a conversation can be counted and erased, and nothing of anybody else's."""

from sqlalchemy import text

from bot.store import handoffs, inbox, privacy, questions
from bot.store.sessions import engine, reading


def fill(sender: str) -> None:
    inbox.receive("rest", f"m-{sender}", sender, "bonjour")
    questions.note_question(sender, "rest", "ça fait vendre ?", "answered", entry_id="faq/ventes")
    questions.note_feedback(sender, "t1", "faq/ventes", True)
    handoffs.keep(sender, "rest", "Nadia", "email", "nadia@exemple.fr", "?", ("webhook", "mail"))


def test_everything_of_a_visitor_goes_and_nothing_of_another(store: str) -> None:
    fill("visiteur-1")
    fill("visiteur-2")
    assert privacy.count_kept("visiteur-1") == (1, 1, 1, 1)
    privacy.erase("visiteur-1")
    assert privacy.count_kept("visiteur-1") == (0, 0, 0, 0)
    assert privacy.count_kept("visiteur-2") == (1, 1, 1, 1)
    with engine(store).connect() as connection:
        assert connection.exec_driver_sql("select count(*) from notices").scalar() == 2


def test_a_request_is_open_until_it_is_closed(store: str) -> None:
    reference = handoffs.keep("v", "rest", "", "phone", "+33612345678", "Rappelez-moi", ())
    assert [h.reference for h in handoffs.open_requests()] == [reference]
    assert handoffs.close(reference)
    assert handoffs.open_requests() == []
    assert not handoffs.close(reference + 1)


def test_what_a_vendor_delivers_again_after_the_erasure_is_not_answered_again(store: str) -> None:
    said = inbox.Received("whatsapp", "wamid.HBgLMzM2MTIzNDU2NzgVAgARGBI=", "whatsapp.33612345678", "mon secret")
    assert inbox.receive_all([said], "1") == [said]
    privacy.erase(said.sender)
    assert inbox.receive_all([said], "1") == []
    assert privacy.count_kept(said.sender) == (0, 0, 0, 0)
    assert inbox.pending() == []
    with reading() as session:
        kept = [str(column) for row in session.execute(text("select * from inbox")) for column in row]
    assert not [value for value in kept if "33612345678" in value or "secret" in value or "HBgLMzM2" in value]
