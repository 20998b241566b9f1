// Text that is embedded and linked in place of libgomp: a team of plain threads whose meetings are mutexes and
// condition variables. GCC's own run-time synchronises with futexes that a thread sanitizer does not see, and is
// reported for races that are none; here it sees every edge. What kernels rarely use (tasks, ordered loops) is left
// out: a candidate that needs it does not link, which is said.
#include <pthread.h>
#include <sched.h>
#include <time.h>

namespace {

int wanted = 1;

struct Team {
  int size = 1;
  void (*work)(void*) = nullptr;
  void* data = nullptr;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  int waiting = 0;
  unsigned long round = 0;
  // Work that is shared out: loops and single regions are numbered by each thread as it meets them.
  unsigned long begun = 0;  // the newest one that anybody has met
  long at = 0, end = 0, step = 1, chunk = 1;
  int inside = 0;
};

struct Self {
  Team* team = nullptr;
  int number = 0;
  unsigned long met = 0;
  long position = 0;  // static loops
};
thread_local Self self;

pthread_mutex_t all = PTHREAD_MUTEX_INITIALIZER, atomics = PTHREAD_MUTEX_INITIALIZER;

struct Start {
  Team* team;
  int number;
};
void* run(void* p) {
  const Start start = *static_cast<Start*>(p);
  self = Self{start.team, start.number, 0, 0};
  start.team->work(start.team->data);
  return nullptr;
}

void meet(Team* t) {
  if (!t) return;
  pthread_mutex_lock(&t->mutex);
  const unsigned long round = t->round;
  if (++t->waiting == t->size) {
    t->waiting = 0;
    ++t->round;
    pthread_cond_broadcast(&t->changed);
  } else {
    while (t->round == round) pthread_cond_wait(&t->changed, &t->mutex);
  }
  pthread_mutex_unlock(&t->mutex);
}

// A dynamic loop: the first thread to meet it sets it up, once everybody has left the one before.
void enter_loop(long start, long end, long step, long chunk) {
  Team* t = self.team;
  if (!t) {
    static Team alone;
    alone.size = 1;
    t = self.team = &alone;
  }
  pthread_mutex_lock(&t->mutex);
  ++self.met;
  while (t->begun < self.met && t->inside > 0) pthread_cond_wait(&t->changed, &t->mutex);
  if (t->begun < self.met) {
    t->begun = self.met;
    t->at = start, t->end = end, t->step = step, t->chunk = chunk < 1 ? 1 : chunk;
    t->inside = t->size;
  }
  pthread_mutex_unlock(&t->mutex);
}

bool next_chunk(long* from, long* to) {
  Team* t = self.team;
  pthread_mutex_lock(&t->mutex);
  const bool up = t->step > 0;
  const bool some = up ? t->at < t->end : t->at > t->end;
  if (some) {
    *from = t->at;
    t->at += t->chunk * t->step;
    *to = up ? (t->at < t->end ? t->at : t->end) : (t->at > t->end ? t->at : t->end);
  }
  pthread_mutex_unlock(&t->mutex);
  return some;
}

void leave_loop() {
  Team* t = self.team;
  pthread_mutex_lock(&t->mutex);
  if (--t->inside == 0) pthread_cond_broadcast(&t->changed);
  pthread_mutex_unlock(&t->mutex);
}

}  // namespace

extern "C" {

int omp_get_thread_num() {
  return self.number;
}
int omp_get_num_threads() {
  return self.team ? self.team->size : 1;
}
int omp_get_max_threads() {
  return wanted;
}
int omp_get_num_procs() {
  return wanted;
}
int omp_in_parallel() {
  return self.team && self.team->size > 1;
}
int omp_get_level() {
  return self.team != nullptr;
}
void omp_set_num_threads(int n) {
  wanted = n < 1 ? 1 : n;
}
void omp_set_dynamic(int) {}
double omp_get_wtime() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

void GOMP_parallel(void (*work)(void*), void* data, unsigned threads, unsigned) {
  Team team;
  // A team inside a team has one thread, as by default.
  team.size = self.team && self.team->size > 1 ? 1 : threads ? int(threads) : wanted;
  if (team.size > 64) team.size = 64;
  team.work = work, team.data = data;
  const Self before = self;
  pthread_t thread[64];
  Start start[64];
  for (int i = 1; i < team.size; ++i) {
    start[i] = {&team, i};
    pthread_create(&thread[i], nullptr, run, &start[i]);
  }
  self = Self{&team, 0, 0, 0};
  work(data);
  for (int i = 1; i < team.size; ++i) pthread_join(thread[i], nullptr);
  self = before;
}
void GOMP_barrier() {
  meet(self.team);
}
void GOMP_critical_start() {
  pthread_mutex_lock(&all);
}
void GOMP_critical_end() {
  pthread_mutex_unlock(&all);
}
void GOMP_critical_name_start(void**) {
  pthread_mutex_lock(&all);
}
void GOMP_critical_name_end(void**) {
  pthread_mutex_unlock(&all);
}
void GOMP_atomic_start() {
  pthread_mutex_lock(&atomics);
}
void GOMP_atomic_end() {
  pthread_mutex_unlock(&atomics);
}
bool GOMP_single_start() {
  Team* t = self.team;
  if (!t) return true;
  pthread_mutex_lock(&t->mutex);
  ++self.met;
  const bool first = t->begun < self.met;
  if (first) t->begun = self.met;
  pthread_mutex_unlock(&t->mutex);
  return first;
}

// Every schedule is handed out chunk by chunk: which thread gets which part decides nothing that may be relied on.
#define LOOP(schedule)                                                                                          \
  bool GOMP_loop_##schedule##_start(long a, long b, long s, long c, long* from, long* to) {                     \
    enter_loop(a, b, s, c);                                                                                     \
    return next_chunk(from, to);                                                                                \
  }                                                                                                             \
  bool GOMP_loop_##schedule##_next(long* from, long* to) {                                                      \
    return next_chunk(from, to);                                                                                \
  }                                                                                                             \
  void GOMP_parallel_loop_##schedule(void (*work)(void*), void* data, unsigned threads, long a, long b, long s, \
                                     long c, unsigned flags) {                                                  \
    struct Loop {                                                                                               \
      void (*work)(void*);                                                                                      \
      void* data;                                                                                               \
      long a, b, s, c;                                                                                          \
    } loop{work, data, a, b, s, c};                                                                             \
    GOMP_parallel(                                                                                              \
        [](void* p) {                                                                                           \
          const Loop* l = static_cast<Loop*>(p);                                                                \
          enter_loop(l->a, l->b, l->s, l->c);                                                                   \
          l->work(l->data);                                                                                     \
        },                                                                                                      \
        &loop, threads, flags);                                                                                 \
  }
LOOP(dynamic)
LOOP(guided)
LOOP(nonmonotonic_dynamic)
LOOP(nonmonotonic_guided)
LOOP(maybe_nonmonotonic_runtime)
LOOP(runtime)
void GOMP_loop_end() {
  leave_loop();
  meet(self.team);
}
void GOMP_loop_end_nowait() {
  leave_loop();
}
}
