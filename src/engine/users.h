// SPDX-License-Identifier: MIT
#pragma once
/*
 * Counts the threads inside a socket's calls, so that its end can wait for them
 * without any of them blocking. Who needs them gone sets WAIT; the last one to
 * leave turns that into POSTED and sends the loop a message. While POSTED is set
 * that message is queued or about to be, so the socket lives.
 */
#include <stdbool.h>
#include <stdint.h>

#define ENG_USERS_WAIT 0x80000000u
#define ENG_USERS_POSTED 0x40000000u
#define ENG_USERS_COUNT 0x3fffffffu

static inline void eng_users_enter(uint32_t *users)
{
	__atomic_fetch_add(users, 1, __ATOMIC_ACQ_REL);
}

/* True: the caller has to send the message. Otherwise the socket may be gone as
 * soon as this thread is counted out. */
static inline bool eng_users_leave(uint32_t *word)
{
	uint32_t users = __atomic_load_n(word, __ATOMIC_RELAXED), after;
	bool post;

	do {
		post = (users & ENG_USERS_COUNT) == 1 && (users & ENG_USERS_WAIT) && !(users & ENG_USERS_POSTED);
		after = post ? ENG_USERS_POSTED : users - 1;
	} while (!__atomic_compare_exchange_n(word, &users, after, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return post;
}

/* True when nobody but `own` threads is inside; else the last to leave will post. */
static inline bool eng_users_alone(uint32_t *word, uint32_t own)
{
	uint32_t users = __atomic_load_n(word, __ATOMIC_ACQUIRE);

	while ((users & ENG_USERS_COUNT) > own) {
		if (__atomic_compare_exchange_n(word, &users, users | ENG_USERS_WAIT, true, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			return false;
	}
	/* From inside, the message is of no concern: its sender is out. */
	return own > 0 || !(users & ENG_USERS_POSTED);
}

/* The message came. Someone who is inside again may need one of his own. */
static inline void eng_users_posted(uint32_t *word)
{
	uint32_t users = __atomic_load_n(word, __ATOMIC_RELAXED), after;

	do
		after = users & ENG_USERS_COUNT ? users & ~ENG_USERS_POSTED : 0;
	while (!__atomic_compare_exchange_n(word, &users, after, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}
