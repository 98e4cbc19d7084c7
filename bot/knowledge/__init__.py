"""What Réso knows: entries, their files, their names, search. Pure: no Rasa, no SQL, no network."""
