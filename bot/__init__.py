"""Réso, a French customer-service assistant on Rasa. The way a message takes:

gateway    the process that the internet reaches: limits, notes in the store, asks Rasa, delivers
channels   foreign JSON to our events, our replies to foreign JSON; and Rasa's own side of the gateway
nlu        Rasa graph components: cleaned text, intent with a calibrated confidence, entities
language   pure French text: folding, chat spelling, sounds, typography
knowledge  what we know: entries, their names, search; pure, no SQL, no Rasa
dialogue   what to say: pure decisions over an understood message, a context and the knowledge
store      SQLite through SQLAlchemy: entries, staff edits, questions asked, inbox, requests to the team
notifying  tells the team of requests, by webhook or mail, until it took them; a process of its own
Actions (in ../actions) are thin: they read the tracker, call dialogue and store, and send what came out.
"""
