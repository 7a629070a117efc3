# Short names for the two commands of the README; nothing is done here that they do not do.
.PHONY: run demo test quick ci bench

run:
	python3 main.py

demo:
	python3 main.py demo

test:
	python3 -m tests

quick:
	python3 -m tests quick

ci:
	bash .ci/run

bench:
	python3 -m tests bench
