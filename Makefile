# Réso : une ligne par commande, le travail est dans « python -m bot … » et dans tools/.
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help run shell test quick train load check typography lint format types questions requests evaluate evaluate-short peers bench held walks storm kills thieves fuzz soak channels-check backup restore purge audit sbom lock clean setup setup-dev

help: ## cette aide
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

run: setup ## tout préparer et servir l'assistant (page et REST)
	@$(PYTHON) -W ignore -m bot serve

shell: setup ## lui parler dans ce terminal
	@$(PYTHON) -W ignore -m bot shell

test: setup-dev ## tous les tests, de quelques secondes aux vrais serveurs
	@$(PYTHON) tools/test.py all

quick: setup-dev ## les tests rapides seulement
	@$(PYTHON) tools/test.py quick

train: setup ## entraîner, même si rien n'a changé
	@$(PYTHON) -W ignore -m bot train

load: setup ## charger les fiches dans la base
	@$(PYTHON) -W ignore -m bot load

check: setup ## vérifier les fiches de data/knowledge/
	@$(PYTHON) -W ignore -m bot check

typography: setup ## corriger la typographie des fiches
	@$(PYTHON) -W ignore -m bot check --fix

questions: setup ## les dernières questions restées sans réponse
	@$(PYTHON) -W ignore -m bot questions

requests: setup ## les demandes faites à l'équipe
	@$(PYTHON) -W ignore -m bot requests

evaluate: setup-dev ## mesurer la compréhension, voix par voix
	@$(PYTHON) -W ignore -m bot.evaluation

evaluate-short: setup-dev ## la même en deux voix, comparée à la référence
	@$(PYTHON) -W ignore -m bot.evaluation --short

peers: setup-dev ## comparer à d'autres méthodes, Rasa d'origine compris (une heure)
	@$(PYTHON) -W ignore -m bot.evaluation --peers

bench: setup-dev ## le coût d'un tour quand la conversation s'allonge
	@$(PYTHON) tools/bench.py

held: setup-dev ## cinquante personnes à la fois pendant un quart d’heure, puis quatre fois trop
	@$(PYTHON) -W ignore tools/load.py

backup: setup ## sauvegarder les bases et le modèle, sans arrêter (TO=dossier)
	@$(PYTHON) -W ignore -m bot backup $(TO)

restore: setup ## remettre une sauvegarde en place, serveurs arrêtés (FROM=archive)
	@$(PYTHON) -W ignore -m bot restore $(FROM)

purge: setup ## effacer ce qui est plus vieux que la durée de conservation
	@$(PYTHON) -W ignore -m bot purge

audit: setup ## failles connues de tout ce qui est verrouillé (demande internet, ou ADVISORIES=fichiers d’OSV)
	@$(PYTHON) tools/audit.py $(addprefix --advisories ,$(ADVISORIES))

sbom: setup ## liste des composants (CycloneDX) dans results/sbom.json
	@$(PYTHON) tools/sbom.py

channels-check: setup ## vérifier les jetons et les webhooks des messageries (SET=--set déclare celui de Telegram, prolonge le jeton d’Instagram)
	@$(PYTHON) -W ignore -m bot channels-check $(SET)

storm: setup-dev ## dix mille messages par webhook, pannes comprises
	@RESO_STORM=10000 $(PYTHON) -m pytest -q -s -m servers --timeout=7200 tests/journeys/test_storm.py

kills: setup-dev ## deux cents processus tués au hasard, chaque question suivie jusqu’à sa réponse
	@RESO_KILLS=200 $(PYTHON) -m pytest -q -s -m servers --timeout=7200 tests/faults/test_standing.py -k killed

thieves: setup-dev ## deux mille séances hostiles contre les conversations des autres
	@RESO_THIEVES=2000 $(PYTHON) -m pytest -q -s -m servers --timeout=7200 tests/journeys/test_hostile_sessions.py

fuzz: setup-dev ## cinquante mille entrées à chaque adresse publique
	@RESO_FUZZ=50000 RESO_FUZZ_EXAMPLES=5000 $(PYTHON) -m pytest -q -s -m "servers or not servers" --timeout=7200 tests/fuzz

soak: setup-dev ## une heure à 70 % de la charge, avec des pannes ; image dans results/soak
	@RESO_SOAK=3600 $(PYTHON) -m pytest -q -s -m servers --timeout=9000 tests/faults/test_standing.py -k seventy

walks: setup-dev ## mille conversations au hasard
	@RESO_WALKS=1000 $(PYTHON) -m pytest -q -m servers --timeout=5400 tests/journeys/test_walks.py

lint: setup-dev ## style
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .

format: setup-dev ## mettre en forme
	@$(PYTHON) -m ruff check --fix -q . ; $(PYTHON) -m ruff format -q .

types: setup-dev ## types
	@$(PYTHON) -m mypy

lock: setup-dev ## refaire les verrous de requirements/
	@tools/lock.sh

setup:
	@python3 tools/bootstrap.py run

setup-dev:
	@python3 tools/bootstrap.py dev

# Ni var/ en entier, ni results/ : var/ est le RESO_FOLDER d’office, avec ce que les visiteurs ont dit et les sauvegardes.
clean: ## effacer ce qui se refait, et rien d’autre
	rm -rf .venv models .rasa var/spacy_fr var/widget var/uv widget/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
