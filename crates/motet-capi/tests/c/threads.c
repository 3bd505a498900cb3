/* Configs and isolates stay in their thread, programs are shared; threads with isolates of their own share nothing, not even the last error. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static motet_engine engine;
static motet_config config;
static motet_isolate isolate;
static motet_program program;
static motet_module module;
static const char *pbc;
static size_t pbc_length;

static void *trespass(void *unused) {
  motet_value value = motet_int(1);
  motet_isolate new_isolate;
  motet_config own;
  EXPECT(motet_error_status(), MOTET_STATUS_OK);
  EXPECT(motet_call(isolate, module, "work", &value, 1, &value), MOTET_STATUS_WRONG_THREAD);
  EXPECT(motet_isolate_free(isolate), MOTET_STATUS_WRONG_THREAD);
  EXPECT(motet_config_free(config), MOTET_STATUS_WRONG_THREAD);
  EXPECT(motet_isolate_new(engine, config, &new_isolate), MOTET_STATUS_WRONG_THREAD);
  EXPECT(motet_error_status(), MOTET_STATUS_WRONG_THREAD);
  /* What a thread leaves behind goes with it. */
  OK(motet_config_new(&own));
  OK(motet_isolate_new(engine, own, &new_isolate));
  *(uint64_t *)unused = new_isolate.id;
  return NULL;
}

static void *work(void *sum) {
  motet_config own;
  motet_isolate mine;
  motet_program copy;
  motet_module loaded;
  motet_value value = motet_int(20000), result;
  for (int round = 0; round < 5; round++) {
    OK(motet_config_new(&own));
    OK(motet_isolate_new(engine, own, &mine));
    OK(motet_program_from_pbc(pbc, pbc_length, 1, &copy));
    OK(motet_load(mine, round % 2 ? copy : program, &loaded));
    OK(motet_run(mine, loaded, NULL));
    OK(motet_call(mine, loaded, "work", &value, 1, &result));
    *(int64_t *)sum += result.integer;
    OK(motet_isolate_free(mine));
    OK(motet_program_free(copy));
    OK(motet_config_free(own));
  }
  return NULL;
}

/* Interrupts the isolate until what runs there has ended. */
static atomic_int running;

static void *interrupt(void *unused) {
  struct timespec moment = {0, 1000000};
  while (running) {
    OK(motet_interrupt(isolate));
    nanosleep(&moment, NULL);
  }
  return unused;
}

/* Asks for a new version, first for one that cannot be. */
static const char *next;
static size_t next_length;

static void *reload(void *unused) {
  struct timespec moment = {0, 20000000};
  nanosleep(&moment, NULL);
  OK(motet_request_reload(isolate, module, next, next_length / 2, MOTET_AFTER_CONTINUE));
  OK(motet_request_reload(isolate, module, next, next_length, MOTET_AFTER_CONTINUE));
  EXPECT(motet_reload(isolate, module, program, NULL), MOTET_STATUS_WRONG_THREAD);
  return unused;
}

static void reloaded(motet_isolate where, motet_module what, int32_t status, const motet_reload_report *report,
                     void *user) {
  int *outcomes = user;
  EXPECT(where.id == isolate.id && what.id == module.id, 1);
  EXPECT(motet_run(where, what, NULL), MOTET_STATUS_BUSY);
  if (status) {
    EXPECT(status, MOTET_STATUS_BAD_PROGRAM);
    EXPECT(report->version, 0);
    outcomes[0]++;
  } else {
    EXPECT(report->version, 2);
    EXPECT(strstr(report->names, "changed: on\n") != NULL, 1);
    outcomes[1]++;
  }
}

static void requests(void) {
  int outcomes[2] = {0};
  motet_program version, after;
  motet_value value;
  pthread_t thread;
  OK(motet_config_new(&config));
  OK(motet_config_on_reload(config, reloaded, outcomes, NULL));
  OK(motet_isolate_new(engine, config, &isolate));
  const char *text = "func on() { return true }\nfunc spin() {\n  mut n := 0\n  while on() { n = n + 1 }\n  return n\n}";
  OK(motet_compile(isolate, "ruff", "m.ruff", text, MOTET_NUL_TERMINATED, &version));
  text = "func on() { return false }\nfunc spin() {\n  mut n := 0\n  while on() { n = n + 1 }\n  return n\n}";
  OK(motet_compile(isolate, "ruff", "m.ruff", text, MOTET_NUL_TERMINATED, &after));
  OK(motet_program_to_pbc(after, 1, &next, &next_length));
  OK(motet_register(isolate, "m", version, &module));
  OK(motet_run(isolate, module, NULL));

  running = 1;
  EXPECT(pthread_create(&thread, NULL, interrupt, NULL), 0);
  EXPECT(motet_call(isolate, module, "spin", NULL, 0, &value), MOTET_STATUS_INTERRUPTED);
  running = 0;
  EXPECT(pthread_join(thread, NULL), 0);
  EXPECT(motet_error_frame_count() >= 1, 1);

  EXPECT(pthread_create(&thread, NULL, reload, NULL), 0);
  motet_status status;
  do {
    /* An interrupt that came too late may stop the first call. */
    status = motet_call(isolate, module, "spin", NULL, 0, &value);
  } while (status == MOTET_STATUS_INTERRUPTED);
  OK(status);
  EXPECT(value.kind, MOTET_KIND_INT);
  EXPECT(pthread_join(thread, NULL), 0);
  EXPECT(outcomes[0], 1);
  EXPECT(outcomes[1], 1);
  OK(motet_serve_requests(isolate));
  OK(motet_isolate_free(isolate));
  OK(motet_config_free(config));
  OK(motet_program_free(version));
  OK(motet_program_free(after));
}

int main(void) {
  OK(motet_engine_new(&engine));
  OK(motet_config_new(&config));
  OK(motet_isolate_new(engine, config, &isolate));
  const char *text = "func work(n) {\n  mut sum := 0\n  while sum < n { sum = sum + 1 }\n  return sum\n}";
  OK(motet_compile(isolate, "ruff", "a.ruff", text, MOTET_NUL_TERMINATED, &program));
  OK(motet_load(isolate, program, &module));
  OK(motet_run(isolate, module, NULL));
  OK(motet_program_to_pbc(program, 1, &pbc, &pbc_length));

  pthread_t thread;
  uint64_t left = 0;
  EXPECT(pthread_create(&thread, NULL, trespass, &left), 0);
  EXPECT(pthread_join(thread, NULL), 0);
  EXPECT(motet_error_status(), MOTET_STATUS_OK);
  EXPECT(motet_isolate_free((motet_isolate){left}), MOTET_STATUS_STALE);

  pthread_t threads[4];
  int64_t sums[4] = {0};
  for (int i = 0; i < 4; i++) EXPECT(pthread_create(&threads[i], NULL, work, &sums[i]), 0);
  for (int i = 0; i < 4; i++) {
    EXPECT(pthread_join(threads[i], NULL), 0);
    EXPECT(sums[i], 100000);
  }
  OK(motet_isolate_free(isolate));
  OK(motet_program_free(program));
  OK(motet_config_free(config));
  requests();
  OK(motet_engine_free(engine));
  puts("threads: ok");
  return 0;
}
