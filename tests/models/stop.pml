/* SPDX-License-Identifier: MIT */
/* How threads are stopped, rest, pause and go on: what gc/world.c and gc/rest.c
 * say to each other in shared words, as a model for spin (https://spinroot.com).
 *
 *     stop_test.py            does all of what follows, for some sizes
 *     spin -a stop.pml && cc -O2 -DSAFETY -DNOREDUCE pan.c -o pan && ./pan
 *
 * Each statement is one step, as each is one operation on a shared word in the
 * sources; all see the steps in one order.  (That the sources have a full barrier
 * where this matters is said at the head of gc/rest.c.)
 *
 * Threads do a few DEEDS each, any of them in any order: use objects, be busy, take
 * the lock, collect, rest in a section; the first one pauses the second, too.
 * Their signal handlers come in between any two steps.  Nobody waits with a
 * timeout here, and no signal is sent twice.
 *
 * Claims, for all orders of steps:
 * - a thread that counts as stopped uses no object, and writes down no roots;
 * - a thread that counts as paused runs no code of the program's;
 * - everybody gets to the end: no call is lost. */

#ifndef THREADS
#define THREADS 2
#endif
#ifndef DEEDS
#define DEEDS 2 /* of each thread */
#endif
#ifndef STOPS
#define STOPS 2 /* of all together */
#endif
#ifndef PAUSES
#define PAUSES 1
#endif

#define NOBODY THREADS

/* Who may do what: all but the pausing is for everybody, or, with ROLES, thread 0
 * pauses, 1 does the rest, and 2 collects. */
#ifdef ROLES
#define MAY(me, role) (me == role)
#else
#define MAY(me, role) (role > 0 || me == 0)
#endif

/* --------------------------------------------------------- the shared words */

byte number;  /* of the stop: odd while one goes on */
byte answers;
byte wanted;
byte sleepers;
byte holder = NOBODY; /* of the heap's lock */

byte answered[THREADS];
bool rest[THREADS];
bool is_to_pause[THREADS];
bool is_busy[THREADS];
bool is_inside[THREADS];
bool comes_by[THREADS];
bool stop_is_due[THREADS];

/* ------------------------------------------------------ what the system does */

bool is_pending[THREADS]; /* the signal */
bool blocks[THREADS];
bool in_handler[THREADS];
bool waits_for_answers;
bool waits_for_number[2 * THREADS]; /* a thread, and its handler */

/* -------------------------------------------------------- what is to be true */

bool is_counted[THREADS]; /* as stopped, in the stop that goes on */
bool is_paused[THREADS];  /* gc__pause has returned */
byte stops, pauses, ended;

inline use_objects(me)
{
    assert(!is_counted[me]);
}

inline run_program(me)
{
    assert(!is_counted[me] && !is_paused[me]);
}

inline write_roots(me)
{
    assert(!is_counted[me]);
}

/* ------------------------------------------------------------------ gc/rest.c */

inline count_answer(value)
{
    atomic { answers++; value = answers; }
    if
    :: atomic { value >= wanted -> waits_for_answers = false; }
    :: value < wanted
    fi
}

/* `base` is 0 for a thread, and THREADS for its handler. */
inline await_end(me, base, odd)
{
    sleepers++;
    do
    :: number != odd -> break
    :: atomic { number == odd -> waits_for_number[base + me] = true; }
       !waits_for_number[base + me]
    od;
    sleepers--;
}

inline rest_begin(me, value)
{
    rest[me] = true;
    if
    :: number % 2 == 1 -> count_answer(value)
    :: number % 2 == 0
    fi
}

inline rest_end(me, base, value)
{
    do
    :: !is_to_pause[me]; /* the futex of a pause */
       value = number;
       if
       :: value % 2 == 1 -> await_end(me, base, value)
       :: value % 2 == 0 ->
          rest[me] = false;
#ifdef BREAK_REST
          break
#else
          if
          :: number == value ->
             if
             :: !is_to_pause[me] -> break
             :: is_to_pause[me]
             fi
          :: number != value
          fi;
          rest_begin(me, value)
#endif
       fi
    od;
}

inline rest_to_pause(me, value)
{
    blocks[me] = true;
    write_roots(me);
    rest_begin(me, value);
    rest_end(me, 0, value);
    blocks[me] = false;
}

/* ----------------------------------------------------------------- gc/world.c */

inline answer(me, base, odd, value)
{
    answered[me] = odd;
    count_answer(value);
    await_end(me, base, odd);
}

inline stop_here(me, odd, value)
{
    stop_is_due[me] = false;
    odd = number;
    if
    :: odd % 2 == 1 && answered[me] != odd ->
       write_roots(me);
       answer(me, 0, odd, value)
    :: else
    fi;
    if
    :: is_to_pause[me] && !is_inside[me] -> rest_to_pause(me, value)
    :: else
    fi
}

inline end_busy(me, odd, value)
{
    is_busy[me] = false;
    if
    :: stop_is_due[me] -> stop_here(me, odd, value)
    :: else
    fi
}

proctype handler(byte me)
{
    byte odd, value;
    bool stops_here, pauses_here;
end:
    do
    :: atomic {
           is_pending[me] && !blocks[me] ->
           is_pending[me] = false;
           in_handler[me] = true;
       }
       odd = number;
       stops_here = odd % 2 == 1 && answered[me] != odd;
#ifdef BREAK_PAUSE
       pauses_here = is_to_pause[me] && !is_inside[me];
#else
       pauses_here = is_to_pause[me] && !is_inside[me] &&
                     (odd % 2 == 0 || stops_here);
#endif
       if
       :: !stops_here && !pauses_here
       :: (stops_here || pauses_here) && is_busy[me] -> stop_is_due[me] = true
       :: (stops_here || pauses_here) && !is_busy[me] ->
          stop_is_due[me] = false;
          write_roots(me);
          if
          :: stops_here -> answer(me, THREADS, odd, value)
          :: else
          fi;
          if
          :: pauses_here ->
             rest_begin(me, value);
             rest_end(me, THREADS, value)
          :: else
          fi
       fi;
       in_handler[me] = false
    od
}

/* ------------------------------------------------------------------- the lock */

inline lock(me, odd, value)
{
    is_inside[me] = true;
    do
    :: atomic { holder == NOBODY -> holder = me; }
       break
    :: holder != NOBODY && stop_is_due[me] -> stop_here(me, odd, value)
    :: holder != NOBODY ->
       blocks[me] = true;
       write_roots(me);
       rest_begin(me, value);
       atomic { holder == NOBODY -> holder = me; }
       rest[me] = false;
       blocks[me] = false;
       break
    od
}

inline unlock(me, value)
{
    holder = NOBODY;
    is_inside[me] = false;
    if
    :: is_to_pause[me] -> rest_to_pause(me, value)
    :: else
    fi
}

/* ------------------------------------------------------------------- the stop */

#define RUNS    0
#define ASKED   1
#define STOPPED 2

inline note_stopped(who)
{
    d_step {
        state[who] = STOPPED;
        is_counted[who] = true;
    }
}

inline tell_passers(me, who)
{
    who = 0;
    do
    :: who == THREADS -> break
    :: who < THREADS ->
       if
       :: who != me && (comes_by[who] || is_inside[who]) ->
          comes_by[who] = false;
          if
          :: !rest[who] -> stop_is_due[who] = true
          :: else
          fi
       :: else -> comes_by[who] = false
       fi;
       who++
    od
}

inline count_missing(me, who, missing)
{
    missing = 0;
    who = 0;
    do
    :: who == THREADS -> break
    :: who < THREADS ->
       if
       :: who != me && state[who] != STOPPED ->
          if
          :: rest[who] -> note_stopped(who)
          :: !rest[who] ->
             if
             :: answered[who] == number -> note_stopped(who)
             :: answered[who] != number ->
                if
                :: state[who] == RUNS -> is_pending[who] = true
                :: else
                fi;
                state[who] = ASKED;
                missing++
             fi
          fi
       :: else
       fi;
       who++
    od
}

inline await_answers(me, who, missing, value)
{
    do
    :: value = answers;
       count_missing(me, who, missing);
       if
       :: missing == 0 -> break
       :: else
       fi;
       wanted = value + missing;
       do
       :: value = answers;
          if
          :: value >= wanted -> break
          :: else
          fi;
          if
          :: atomic { answers == value -> waits_for_answers = true; }
             !waits_for_answers
          :: answers != value
          fi
       od
    od
}

inline resume(who)
{
    d_step {
        who = 0;
        do
        :: who < THREADS -> is_counted[who] = false; state[who] = RUNS; who++
        :: who == THREADS -> break
        od
    }
    number++;
    if
    :: atomic {
           sleepers > 0 ->
           who = 0;
           do
           :: who < 2 * THREADS -> waits_for_number[who] = false; who++
           :: who == 2 * THREADS -> break
           od
       }
    :: sleepers == 0
    fi;
    who = 0
}

inline collect(me, who, missing, value)
{
    answered[me] = number + 1;
    answers = 0;
    wanted = THREADS;
    number++;
    tell_passers(me, who);
    await_answers(me, who, missing, value);
    use_objects(me); /* the collector does, and so nobody else */
    resume(who)
}

/* ------------------------------------------------------------------ a thread */

#define OTHER 1 /* who is paused, by thread 0 */

inline pause_other(me, odd, value)
{
    lock(me, odd, value);
    is_to_pause[OTHER] = true;
    if
    :: rest[OTHER]
    :: !rest[OTHER] -> is_pending[OTHER] = true
    fi;
    unlock(me, value);
    atomic { rest[OTHER] && !is_inside[OTHER] -> is_paused[OTHER] = true; }
    lock(me, odd, value);
    is_paused[OTHER] = false;
    is_to_pause[OTHER] = false;
    unlock(me, value)
}

proctype thread(byte me) provided (!in_handler[me])
{
    byte state[THREADS];
    byte deeds, who, missing, odd, value;
    do
    :: deeds == DEEDS -> break
    :: deeds < DEEDS ->
       deeds++;
       if
       :: skip
       :: MAY(me, 1) -> run_program(me)
       :: MAY(me, 1) ->
          is_busy[me] = true; /* with its own cells */
          comes_by[me] = true;
          use_objects(me);
          end_busy(me, odd, value)
       :: MAY(me, 1) ->
          is_busy[me] = true; /* in a blocking section */
          write_roots(me);
          rest_begin(me, value);
          rest_end(me, 0, value);
          end_busy(me, odd, value);
          run_program(me)
       :: MAY(me, 1) ->
          lock(me, odd, value);
          use_objects(me);
          unlock(me, value);
          run_program(me)
       :: atomic { MAY(me, 2) && stops < STOPS -> stops++; }
          lock(me, odd, value);
          collect(me, who, missing, value);
          unlock(me, value);
          run_program(me)
       :: MAY(me, 0) && pauses < PAUSES ->
          pauses++;
          pause_other(me, odd, value)
       fi;
       d_step { who = 0; missing = 0; odd = 0; value = 0; }
    od;
    ended++;
    ended == THREADS
}

init
{
    byte who;
    atomic {
        do
        :: who < THREADS -> run handler(who); run thread(who); who++
        :: who == THREADS -> break
        od
    }
}
