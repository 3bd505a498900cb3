/* Configs and isolates stay in their thread, programs are shared; threads with isolates of their own share nothing, not even the last error. */
#include "check.h"
#include <pthread.h>

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
  OK(motet_engine_free(engine));
  puts("threads: ok");
  return 0;
}
