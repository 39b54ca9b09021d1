/* A ring of messages: in order, whole, and never more than it has room for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "sink/queue.h"

static void messages_come_out_in_order_wherever_the_ring_begins(void **state)
{
	char bytes[QUEUE_MESSAGE_MAX], memory[QUEUE_MESSAGE_MAX];
	uint32_t in = 0, out = 0, refused = 0;
	struct queue queue;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1);
	assert_int_equal(queue_init(&queue, 5000), 0);
	for (unsigned i = 0; i < 200000; i++) {
		size_t n = rng_between(&rng, 4, 400);

		if (rng_between(&rng, 0, 1)) {
			memset(bytes, (int)in, n);
			memcpy(bytes, &in, sizeof(in));
			if (queue_put(&queue, slice_of(bytes, n), 0))
				in++;
			else
				refused++;
		} else {
			struct slice message = queue_peek(&queue, memory);

			assert_int_equal(slice_present(message), in != out);
			if (!slice_present(message))
				continue;
			assert_memory_equal(message.p, &out, sizeof(out));
			for (size_t at = sizeof(out); at < message.n; at++)
				assert_int_equal((uint8_t)message.p[at], (uint8_t)out);
			queue_drop(&queue);
			out++;
		}
		assert_in_range(queue.n, 0, queue.cap);
	}
	assert_true(refused > 100 && out > 1000);
	queue_done(&queue);
}

static void room_for_more_is_kept(void **state)
{
	struct queue queue;

	(void)state;
	assert_int_equal(queue_init(&queue, 10), 0);
	assert_false(queue_put(&queue, SLICE("123456789"), 0));
	assert_false(queue_put(&queue, SLICE("1234"), 5));
	assert_true(queue_put(&queue, SLICE("1234"), 4));
	assert_false(queue_put(&queue, SLICE("123"), 0));
	assert_true(queue_put(&queue, SLICE("12"), 0));
	assert_int_equal(queue.n, 10);
	queue_done(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_out_in_order_wherever_the_ring_begins),
		cmocka_unit_test(room_for_more_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
