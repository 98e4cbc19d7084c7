"""Chat spelling (« c koi », « pk », « bcp ») spelt out, word by word, over folded text."""

_LEXICON = """
koi kwa kwoi quoa=quoi
pk pq pkoi pkw pourkoi prkoi porkoi pourkwa poukoi pkoua prq pcq=pourquoi
paske pske psk parske parceke paskeu=parce que
keske kesk kesske kesse qesque kess=qu est ce que
eske esk esque esce=est ce que
ske=ce que
ski=ce qui
c cest cetai=c est
ct cetait=c etait
jai=j ai
jsuis chui chuis jsui jss=je suis
jveu jveux jve=je veux
jvoudrai jvoudrais jvdrai=je voudrais
jpeu jpeux=je peux
jsais jsai jse chais=je sais
jsp chepa chaipas=je sais pas
jcomprend jcomprends=je comprends
jfais jfe=je fais
jarrive=j arrive
jaimerai jaimerais=j aimerais
jme=je me
jte=je te
jle=je le
jcroi jcrois=je crois
jpense=je pense
jcherche=je cherche
javais javai=j avais
ya yas=il y a
yavait yavai=il y avait
ta tas=tu as
dc donk=donc
ds=dans
pr=pour
ac avc avk avek=avec
tt=tout
tte=toute
ttes=toutes
tjs tjr tjrs toujour=toujours
bcp bocou boku boucou bokou bcoup=beaucoup
gd=grand
qd kan kand quan=quand
qqn qlqn kelkun=quelqu un
qqch qqc qch=quelque chose
qqs=quelques
ki=qui
ke keu=que
kel qel=quel
kelle qelle=quelle
kels=quels
kelles=quelles
cb cmb cmbien konbien conbien=combien
cmt cmnt coment komen comman koman commen comen kmt kment coman=comment
slt=salut
bjr=bonjour
bsr=bonsoir
cc=coucou
stp svp stple=s il te plait
mrc mci merki=merci
vrmt vrm vrement vraimen=vraiment
rs rso=reseaux sociaux
rsx resau resaux reso resos rezo rezos rezeau rezeaux reseau=reseaux
socio sociau socios=sociaux
fb facbook facebouk fesbook feesbuk facbouk facebok=facebook
insta instagrame instagrm instagran intagram ig=instagram
twiter twitteur tweeter twitr twit tweter=twitter
linkdin linkedine linkdine linkedln lindkin linkdn=linkedin
tiktoc tictoc tictok tiktoke ticktock ticktok=tiktok
snap snapchate snapchatte snapshat=snapchat
yt youtub utube ytb youtoube youtbe=youtube
whatsap watsap whatsup watsapp whatapp wsp=whatsapp
messanger mesenger=messenger
pinterset pintrest pinterrest=pinterest
twich=twitch
redit=reddit
apli aplis app apps appli applis=application
tel fone telfon=telephone
pub pubs=publicite
info infos=information
vid vids=video
prof profs=professeur
restau resto restos=restaurant
asso assos=association
boite=entreprise
ado ados=adolescent
pti ptit ptite=petit
tp=trop
mm=meme
pb pbs prob=probleme
rdv=rendez vous
msg msgs=message
dm dms mp=message
tps=temps
nb nbr=nombre
kom=comme
ossi oci=aussi
o=au
fo=faut
jen=j en
ns=nous
vs=vous
mdr lol ptdr xd=
"""


def _read(lexicon: str) -> dict[str, list[str]]:
    rows = (line.partition("=") for line in lexicon.strip().splitlines())
    return {spelling: meaning.split() for spellings, _, meaning in rows for spelling in spellings.split()}


SPELLINGS = _read(_LEXICON)
"""Folded chat spelling to the folded words that it stands for (none for filler such as « mdr »)."""


def spell_out(words: list[str]) -> list[str]:
    """Return folded words with chat spellings replaced by what they stand for."""
    return [meaning for word in words for meaning in SPELLINGS.get(word, (word,))]
