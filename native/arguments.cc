#include "arguments.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace realfork {
namespace {

// "" in a worker that is being terminated: there no value can be made any more.
std::string in_words(Napi::Value number) {
  const Napi::String text = number.ToString();
  return text.IsEmpty() ? std::string() : text.Utf8Value();
}

// What Node's own messages say of a wrong value: its kind, and the value itself where that is
// short.
std::string received(Napi::Value value) {
  switch (value.Type()) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
      return value.As<Napi::Boolean>().Value() ? "type boolean (true)" : "type boolean (false)";
    case napi_number:
      return "type number (" + in_words(value) + ")";
    case napi_string: {
      const std::string text = value.As<Napi::String>().Utf8Value();
      return "type string ('" + (text.size() > 28 ? text.substr(0, 25) + "..." : text) + "')";
    }
    case napi_symbol:
      return "type symbol";
    case napi_function:
      return "a function";
    case napi_bigint:
      return "type bigint";
    default:
      return value.IsArray() ? "an array" : "an object";
  }
}

// Not by trunc(3), which is a call into libm: a page fault for it in every child.
bool is_whole(double number) {
  constexpr double kEnd = -static_cast<double>(std::numeric_limits<int64_t>::min());
  if (std::fabs(number) >= kEnd) return std::isfinite(number);
  return !std::isnan(number) && static_cast<double>(static_cast<int64_t>(number)) == number;
}

std::optional<int64_t> whole_within(Napi::Value value, int64_t low, int64_t high) {
  double number = 0;
  if (napi_get_value_double(value.Env(), value, &number) != napi_ok) return std::nullopt;
  if (!is_whole(number)) return std::nullopt;
  if (number < static_cast<double>(low) || number > static_cast<double>(high)) return std::nullopt;
  return static_cast<int64_t>(number);
}

}  // namespace

std::string Arguments::subject(std::string_view name) const {
  return "\"" + std::string(name) + "\" of " + call_ + "()";
}

void Arguments::wrong_type(std::string_view name, const char* wanted, Napi::Value got) {
  if (!ok_) return;
  ok_ = false;
  const std::string message =
      "The argument " + subject(name) + " must be " + wanted + ". Received " + received(got);
  napi_throw_type_error(env(), "ERR_INVALID_ARG_TYPE", message.c_str());
}

void Arguments::out_of_range(std::string_view name, const std::string& wanted,
                             const std::string& got) {
  if (!ok_) return;
  ok_ = false;
  const std::string message = "The argument " + subject(name) + " is out of range. It must be " +
                              wanted + ". Received " + got;
  napi_throw_range_error(env(), "ERR_OUT_OF_RANGE", message.c_str());
}

void Arguments::refuse(const char* code, const std::string& message) {
  if (!ok_) return;
  ok_ = false;
  napi_throw_error(env(), code, message.c_str());
}

int64_t Arguments::whole_number(Napi::Value value, std::string_view name, int64_t low,
                                int64_t high) {
  if (!ok_) return 0;
  if (const auto whole = whole_within(value, low, high)) return *whole;
  if (!value.IsNumber()) {
    wrong_type(name, "of type number", value);
  } else if (!is_whole(value.As<Napi::Number>().DoubleValue())) {
    out_of_range(name, "a whole number", in_words(value));
  } else {
    out_of_range(name, ">= " + std::to_string(low) + " and <= " + std::to_string(high),
                 in_words(value));
  }
  return 0;
}

int64_t Arguments::integer(size_t index, const char* name, int64_t low, int64_t high) {
  const Napi::Value value = at(index);
  const auto whole = ok_ ? whole_within(value, low, high) : std::nullopt;
  // How long the name is asks strlen(3), on a page that a child would have to fetch for that alone.
  return whole ? *whole : whole_number(value, name, low, high);
}

int Arguments::integer(size_t index, const char* name) {
  return static_cast<int>(
      integer(index, name, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
}

int Arguments::integer_or(size_t index, const char* name, int fallback) {
  return given(index) ? integer(index, name) : fallback;
}

std::string Arguments::text(size_t index, const char* name) {
  if (!ok_) return {};
  const Napi::Value value = at(index);
  if (!value.IsString()) {
    wrong_type(name, "of type string", value);
    return {};
  }
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) {
    out_of_range(name, "a string without NUL bytes", "one with a NUL byte");
    return {};
  }
  return text;
}

std::vector<std::string> Arguments::texts(size_t index, const char* name) {
  std::vector<std::string> texts;
  if (!ok_) return texts;
  const Napi::Value value = at(index);
  if (!value.IsArray()) {
    wrong_type(name, "an array of strings", value);
    return texts;
  }
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; ok_ && i < array.Length(); ++i) {
    const Napi::Value element = array.Get(i);
    const std::string element_name = std::string(name) + "[" + std::to_string(i) + "]";
    if (!element.IsString()) {
      wrong_type(element_name, "of type string", element);
      break;
    }
    std::string text = element.As<Napi::String>().Utf8Value();
    if (text.find('\0') != std::string::npos) {
      out_of_range(element_name, "a string without NUL bytes", "one with a NUL byte");
      break;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

Bytes Arguments::bytes(size_t index, const char* name) { return bytes_of(at(index), name); }

namespace {

// The size in bytes of an element, by type: https://nodejs.org/api/n-api.html#napi_typedarray_type
size_t element_size(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return 1;
    case napi_int16_array:
    case napi_uint16_array:
#ifdef NODE_API_HAS_FLOAT16_ARRAY
    case napi_float16_array:
#endif
      return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      return 4;
    case napi_float64_array:
    case napi_bigint64_array:
    case napi_biguint64_array:
      return 8;
  }
  return 0;  // one that is newer than this: no byte of it is touched
}

}  // namespace

Bytes Arguments::bytes_of(Napi::Value value, const char* name) {
  if (!ok_) return {};
  if (value.IsTypedArray()) {
    napi_typedarray_type type{};
    size_t elements = 0;
    void* data = nullptr;
    napi_get_typedarray_info(env(), value, &type, &elements, &data, nullptr, nullptr);
    return {static_cast<uint8_t*>(data), elements * element_size(type)};
  }
  if (value.IsDataView()) {
    const auto view = value.As<Napi::DataView>();
    return {static_cast<uint8_t*>(view.Data()), view.ByteLength()};
  }
  wrong_type(name, "a Buffer, a TypedArray or a DataView", value);
  return {};
}

std::vector<int> Arguments::integers_of(Napi::Value value, const std::string& name) {
  std::vector<int> integers;
  if (!ok_) return integers;
  if (!value.IsArray()) {
    wrong_type(name, "an array of numbers", value);
    return integers;
  }
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; ok_ && i < array.Length(); ++i) {
    integers.push_back(static_cast<int>(
        whole_number(array.Get(i), name + "[" + std::to_string(i) + "]",
                     std::numeric_limits<int>::min(), std::numeric_limits<int>::max())));
  }
  return integers;
}

Napi::Function Arguments::function(size_t index, const char* name) {
  const Napi::Value value = at(index);
  if (ok_ && !value.IsFunction()) wrong_type(name, "a function", value);
  return ok_ ? value.As<Napi::Function>() : Napi::Function();
}

Napi::Object Arguments::object(size_t index, const char* name) {
  return object_of(at(index), name);
}

Napi::Object Arguments::object_of(Napi::Value value, const std::string& name) {
  if (ok_ && (!value.IsObject() || value.IsFunction())) wrong_type(name, "an object", value);
  return ok_ ? value.As<Napi::Object>() : Napi::Object::New(env());
}

Napi::Array Arguments::array(size_t index, const char* name) {
  const Napi::Value value = at(index);
  if (ok_ && !value.IsArray()) wrong_type(name, "an array", value);
  return ok_ ? value.As<Napi::Array>() : Napi::Array::New(env());
}

Napi::Object Arguments::object_in(Napi::Array array, uint32_t index, const std::string& name) {
  const Napi::Value value = array.Get(index);
  if (env().IsExceptionPending()) propagate();
  return object_of(value, name);
}

void Arguments::only(Napi::Object object, const std::string& name,
                     std::initializer_list<std::string_view> keys) {
  if (!ok_) return;
  // Their elements are properties as well, a million of them perhaps.
  if (object.IsArray() || object.IsTypedArray()) return wrong_type(name, "an object", object);
  const Napi::Array names = object.GetPropertyNames();
  if (env().IsExceptionPending()) return propagate();  // of a Proxy
  // Empty in a worker that is being terminated, without an exception.
  ok_ = !names.IsEmpty();
  for (uint32_t i = 0; ok_ && i < names.Length(); ++i) {
    const Napi::Value element = names.Get(i);
    ok_ = !element.IsEmpty();
    if (!ok_) return;
    const std::string key = element.As<Napi::String>().Utf8Value();
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    std::string wanted;
    for (const std::string_view known : keys) {
      wanted.append(wanted.empty() ? "an object with \"" : ", \"").append(known).append("\"");
    }
    wanted.append(" and nothing else, but it has \"").append(key).append("\"");
    wrong_type(name, wanted.c_str(), object);
  }
}

Napi::Value Arguments::property(Napi::Object object, const char* key) {
  if (!ok_) return env().Undefined();
  const Napi::Value value = object.Get(key);
  if (!env().IsExceptionPending()) return value;
  propagate();
  return env().Undefined();
}

int64_t Arguments::field_or(Napi::Object object, const char* name, const char* key,
                            int64_t fallback, int64_t low, int64_t high) {
  const Napi::Value value = property(object, key);
  if (!ok_ || value.IsUndefined()) return fallback;
  return whole_number(value, std::string(name) + "." + key, low, high);
}

int64_t Arguments::field(Napi::Object object, const char* name, const char* key, int64_t low,
                         int64_t high) {
  const Napi::Value value = property(object, key);
  return whole_number(value, std::string(name) + "." + key, low, high);
}

std::string Arguments::text_field(Napi::Object object, const char* name, const char* key) {
  const Napi::Value value = property(object, key);
  if (!ok_) return {};
  if (!value.IsString()) {
    wrong_type(std::string(name) + "." + key, "of type string", value);
    return {};
  }
  return value.As<Napi::String>().Utf8Value();
}

}  // namespace realfork
