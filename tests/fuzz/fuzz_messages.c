/* tests/fuzz/fuzz_messages.c: every message get, and the envelope. What is read
 * is written again to the byte. The first byte is the type of the message; two
 * more, little-endian, are the length of its head. Type 0: the rest is an
 * envelope with its frame; type 255: a recording. */
#include "net/messages.h"
#include "net/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_same(const sc_frame *a, const sc_frame *b)
{
    return a->type == b->type && sc_bytes_equal_vartime(a->head, b->head) &&
           sc_bytes_equal_vartime(a->bulk, b->bulk);
}

static void fuzz_message(const sc_frame *f)
{
    sc_buf room = {0};
    sc_frame again;
    uint64_t protocol;

    (void)!sc_msg_hello_protocol(&protocol, f);
    switch (f->type) {
#define X(number, NAME, name, lane)                                            \
    case number: {                                                             \
        sc_msg_##name m;                                                       \
                                                                               \
        if (sc_msg_##name##_get(&m, f) == SC_OK) {                             \
            SC_ASSERT(sc_msg_##name##_put(&again, &room, &m) == SC_OK);        \
            SC_ASSERT(is_same(&again, f));                                     \
        }                                                                      \
        break;                                                                 \
    }
        SC_MESSAGES(X)
#undef X
    default:
        SC_ASSERT(sc_msg_lane_of(f->type) == SC_LANE_NONE);
        break;
    }
    sc_buf_clear(&room);
}

static void fuzz_envelope(sc_bytes in)
{
    sc_envelope e;
    sc_frame f;
    sc_buf out = {0};

    if (sc_frame_get(&e, &f, in) == SC_OK) {
        SC_ASSERT(sc_frame_wire_len(&f) == in.len);
        SC_ASSERT(sc_buf_reserve(&out, in.len) == SC_OK);
        sc_frame_put(out.p, &e, &f);
        out.len = in.len;
        SC_ASSERT(sc_bytes_equal_vartime(sc_buf_bytes(&out), in));
        fuzz_message(&f);
    }
    sc_buf_clear(&out);
}

/* Play it as far as it goes: each frame is one that could have been sent. */
static void fuzz_recording(sc_bytes in)
{
    sc_chan *c;
    sc_frame f;

    SC_ASSERT(sc_replay_new(&c, in) == SC_OK);
    while (sc_chan_take(c, &f, 0) == SC_OK) {
        SC_ASSERT(sc_frame_check(&f) == SC_OK);
    }
    sc_chan_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sc_bytes rest;
    sc_frame f = {0};
    size_t head_len;

    if (size < 3) {
        return 0;
    }
    rest = (sc_bytes){data + 1, size - 1};
    if (data[0] == 0) {
        fuzz_envelope(rest);
    } else if (data[0] == 255) {
        fuzz_recording(rest);
    } else {
        head_len = (size_t)(data[1] | data[2] << 8);
        rest = (sc_bytes){data + 3, size - 3};
        head_len = head_len < rest.len ? head_len : rest.len;
        f.type = data[0];
        f.head = (sc_bytes){rest.p, head_len};
        f.bulk = (sc_bytes){rest.p + head_len, rest.len - head_len};
        fuzz_message(&f);
    }
    return 0;
}
