# Each target calls one script in scripts/, where its logic is. `make` alone prints this list.

.DEFAULT_GOAL := help
.PHONY: help up up-docker up-local down logs status build test test-docker test-openapi test-long bench bench-compare test-bench verify fix tsan asan fuzz clean clean-data

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## start master and two followers: in Docker where an engine answers, else as local processes
	@scripts/up

up-docker: ## start them in Docker
	@scripts/up docker

up-local: ## start them as local processes (installs missing C libraries, builds)
	@scripts/up local

down: ## stop them, whichever way they run; keeps their data
	@scripts/down

logs: ## follow their logs
	@scripts/logs

status: ## show which way they run and whether each answers
	@scripts/status

build: ## build .build/release/replog
	@scripts/install-dependencies
	swift build -c release --static-swift-stdlib --product replog

test: ## install what is missing, build, run every test but those that need Docker
	@scripts/test

test-docker: ## test the containers end to end; needs a Docker engine
	@scripts/test-docker

test-openapi: ## hold live nodes to Sources/LogService/OpenAPI/openapi.json with schemathesis
	@scripts/test-openapi

test-long: ## run the tests that take minutes to hours
	@scripts/test --long

bench: ## measure beside rivals and ceilings, an hour; SCENARIO=NAME for one of scripts/bench --list, ARGS for options
	@scripts/bench $(SCENARIO) $(ARGS)

bench-compare: ## measure in turn with an older build: BASE=REVISION, and SCENARIO and ARGS as above
	@scripts/bench --base "$(or $(BASE),$(error BASE=REVISION is missing))" $(SCENARIO) $(ARGS)

test-bench: ## test how the benchmark judges, prints and draws
	@PYTHONPATH=Benchmarks python3 -B -m unittest discover -s Tests/Benchmarks

verify: ## check format, warnings, scripts, file and import rules, links; writes nothing
	@scripts/verify

fix: ## format all Swift files in place
	swift format --in-place --recursive Sources Tests Fuzzing Package.swift

tsan: ## run the tests of the adapters and the service under ThreadSanitizer
	@scripts/test-sanitized thread

asan: ## run the tests of the adapters and the service under AddressSanitizer
	@scripts/test-sanitized address

fuzz: ## throw made-up bytes at what decodes messages, folders and JSON; scripts/fuzz --seconds N for longer
	@scripts/fuzz

clean: ## remove what was built; keeps .env and the nodes' data
	@scripts/down
	rm -rf .build .build-* .run

clean-data: ## remove the messages of the nodes that make up started; they must be down
	@scripts/clean-data
