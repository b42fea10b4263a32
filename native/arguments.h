// JavaScript → C: every argument of every call is checked here, in one way.
#ifndef REALFORK_ARGUMENTS_H_
#define REALFORK_ARGUMENTS_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace realfork {

/** The memory behind a Uint8Array, a Buffer or a DataView. Valid until JavaScript runs again. */
struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

/**
 * Reads the arguments of one call. The first that does not fit throws, as Node's own functions do,
 * a TypeError with code ERR_INVALID_ARG_TYPE or a RangeError with code ERR_OUT_OF_RANGE that names
 * call and argument; what is read after that is a default value. Ask ok() before acting.
 */
class Arguments {
 public:
  Arguments(const Napi::CallbackInfo& info, const char* call) : info_(info), call_(call) {}

  const char* call() const { return call_; }
  bool ok() const { return ok_; }
  Napi::Env env() const { return info_.Env(); }
  bool given(size_t index) const { return index < info_.Length() && !info_[index].IsUndefined(); }
  Napi::Value value(size_t index) const { return info_[index]; }

  /** Whether JavaScript takes it for true. False if an argument before it was refused. */
  bool truth(size_t index) const { return ok_ && info_[index].ToBoolean(); }

  /** A whole number from `low` to `high`; without bounds, any that C's int can hold. */
  int integer(size_t index, const char* name);
  int64_t integer(size_t index, const char* name, int64_t low, int64_t high);
  int integer_or(size_t index, const char* name, int fallback);

  /** A string without NUL, which C would take for its end. */
  std::string text(size_t index, const char* name);
  std::vector<std::string> texts(size_t index, const char* name);

  Bytes bytes(size_t index, const char* name);
  Bytes bytes_of(Napi::Value value, const char* name);

  /** An array of whole numbers that C's int can hold. */
  std::vector<int> integers_of(Napi::Value value, const std::string& name);

  Napi::Function function(size_t index, const char* name);

  Napi::Object object(size_t index, const char* name);

  Napi::Object object_of(Napi::Value value, const std::string& name);

  Napi::Array array(size_t index, const char* name);
  /** One element of an array argument that is to be an object. `name` is that of the element. */
  Napi::Object object_in(Napi::Array array, uint32_t index, const std::string& name);

  /** Not ok() if an object argument has other properties than these: one that is misspelt would be
   * left out without a word. */
  void only(Napi::Object object, const std::string& name,
            std::initializer_list<std::string_view> keys);
  /** A property as it is; undefined, and not ok(), if a getter throws. */
  Napi::Value property(Napi::Object object, const char* key);
  /** The whole number in one property of an object argument. `name` is that of the argument. */
  int64_t field(Napi::Object object, const char* name, const char* key, int64_t low, int64_t high);
  /** The same of a property that may be left out. */
  int64_t field_or(Napi::Object object, const char* name, const char* key, int64_t fallback,
                   int64_t low, int64_t high);
  std::string text_field(Napi::Object object, const char* name, const char* key);

  int64_t whole_number(Napi::Value value, std::string_view name, int64_t low, int64_t high);

  void wrong_type(std::string_view name, const char* wanted, Napi::Value got);
  void out_of_range(std::string_view name, const std::string& wanted, const std::string& got);
  /** A refusal that is neither: an Error with a code of this package's own. */
  void refuse(const char* code, const std::string& message);
  /** A getter of the caller's threw: its own error is the better message. */
  void propagate() { ok_ = false; }

 private:
  Napi::Value at(size_t index) const {
    return index < info_.Length() ? info_[index] : info_.Env().Undefined();
  }
  std::string subject(std::string_view name) const;

  const Napi::CallbackInfo& info_;
  const char* call_;
  bool ok_ = true;
};

}  // namespace realfork

#endif  // REALFORK_ARGUMENTS_H_
