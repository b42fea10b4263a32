#include "random_caches.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace realfork {
namespace {

// RAND_METHOD of OpenSSL, rand.h(7): a Node that was built with a shared OpenSSL does not bring its
// headers.
struct Method {
  int (*seed)(const void*, int);
  int (*bytes)(unsigned char*, int);
  void (*cleanup)();
  int (*add)(const void*, int, double);
  int (*pseudorand)(unsigned char*, int);
  int (*status)();
};

struct OpenSsl {
  const Method* (*get)() = nullptr;
  int (*set)(const Method*) = nullptr;
  const Method* (*own)() = nullptr;

  bool is_there() const { return get != nullptr && set != nullptr && own != nullptr; }
};

template <typename Function>
void find(const char* name, Function** function) {
  *function = reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

OpenSsl find_openssl() {
  OpenSsl found;
  find("RAND_get_rand_method", &found.get);
  find("RAND_set_rand_method", &found.set);
  find("RAND_OpenSSL", &found.own);
  return found;
}

// The first bytes of a cache: they change when it is filled.
using Mark = std::array<unsigned char, 32>;

struct Cache {
  unsigned char* data = nullptr;
  size_t length = 0;
  bool is_spent = false;  // nothing was left of it when its first bytes were these
  Mark spent{};
  std::shared_ptr<v8::BackingStore> keeps{};
};

// Never destroyed: at exit V8 is gone before what the memory of its buffers is kept by.
std::vector<Cache>& caches() {
  static auto* all = new std::vector<Cache>;
  return *all;
}

Mark mark_of(const Cache& cache) {
  Mark mark{};
  memcpy(mark.data(), cache.data, std::min(mark.size(), cache.length));
  return mark;
}

// The filling that is waited for. Threads of the pool draw through the same method meanwhile.
struct Watch {
  pthread_t thread{};
  int bytes = 0;
  unsigned char* filled = nullptr;
};

Watch watch;
const Method* method = nullptr;

int watched_bytes(unsigned char* buffer, int length) {
  if (pthread_equal(pthread_self(), watch.thread) != 0 && length == watch.bytes) {
    watch.filled = buffer;
  }
  return method->bytes(buffer, length);
}

int status() { return method->status(); }

// Has `fill` run until OpenSSL fills so many bytes, `most` times. Whether it did.
template <typename Fill>
bool see_filling(const OpenSsl& openssl, int bytes, int most, Fill&& fill) {
  static Method watched{};
  const Method* before = openssl.get();
  // One that somebody has put in place of OpenSSL's own is left alone.
  method = openssl.own();
  if (before != method) return false;
  watched = *method;
  watched.bytes = watched_bytes;
  watched.status = status;
  watch = {pthread_self(), bytes, nullptr};
  openssl.set(&watched);
  bool goes_on = true;
  for (int i = 0; goes_on && watch.filled == nullptr && i < most; ++i) goes_on = fill();
  openssl.set(before);
  return watch.filled != nullptr;
}

bool fill_from_kernel(unsigned char* data, size_t length) {
  constexpr size_t kAtOnce = 256;  // which getrandom(2) does not give up for a signal
  for (size_t filled = 0; filled < length;) {
    const ssize_t got = getrandom(data + filled, std::min(kAtOnce, length - filled), 0);
    if (got == -1 && errno == EINTR) continue;
    if (got <= 0) return false;
    filled += static_cast<size_t>(got);
  }
  return true;
}

}  // namespace

void call_watch_cache(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  info.GetReturnValue().Set(false);
  const OpenSsl openssl = find_openssl();
  if (!openssl.is_there()) return;
  const auto draw = info[0].As<v8::Function>();
  const int bytes = info[1]->Int32Value(context).FromMaybe(0);
  const int draws = info[2]->Int32Value(context).FromMaybe(0);
  const auto draw_one = [&] {
    const v8::HandleScope scope(isolate);
    return !draw->Call(context, v8::Undefined(isolate), 0, nullptr).IsEmpty();
  };
  if (!see_filling(openssl, bytes, draws, draw_one)) return;
  for (int i = 1; i < draws; ++i) {
    if (!draw_one()) return;
  }
  Cache cache{watch.filled, static_cast<size_t>(bytes), true, {}, {}};
  cache.spent = mark_of(cache);
  caches().push_back(std::move(cache));
  info.GetReturnValue().Set(true);
}

void call_watch_buffer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const auto view = info[0].As<v8::ArrayBufferView>();
  Cache cache;
  cache.keeps = view->Buffer()->GetBackingStore();
  cache.data = static_cast<unsigned char*>(cache.keeps->Data()) + view->ByteOffset();
  cache.length = view->ByteLength();
  caches().push_back(std::move(cache));
}

void call_renew_caches(const v8::FunctionCallbackInfo<v8::Value>& info) {
  bool all = true;
  for (const Cache& cache : caches()) {
    if (cache.is_spent && mark_of(cache) == cache.spent) continue;
    all = fill_from_kernel(cache.data, cache.length) && all;
  }
  info.GetReturnValue().Set(all);
}

}  // namespace realfork
