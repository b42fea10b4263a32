#include "arguments.h"

#include <cmath>
#include <limits>

namespace realfork {
namespace {

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
      return "type number (" + value.ToString().Utf8Value() + ")";
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

}  // namespace

std::string Arguments::subject(const std::string& name) const {
  return "\"" + name + "\" of " + call_ + "()";
}

void Arguments::wrong_type(const std::string& name, const char* wanted, Napi::Value got) {
  if (!ok_) return;
  ok_ = false;
  const std::string message =
      "The argument " + subject(name) + " must be " + wanted + ". Received " + received(got);
  napi_throw_type_error(env(), "ERR_INVALID_ARG_TYPE", message.c_str());
}

void Arguments::out_of_range(const std::string& name, const std::string& wanted,
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

int64_t Arguments::whole_number(Napi::Value value, const std::string& name, int64_t low,
                                int64_t high) {
  if (!ok_) return 0;
  if (!value.IsNumber()) {
    wrong_type(name, "of type number", value);
    return 0;
  }
  const double number = value.As<Napi::Number>().DoubleValue();
  if (number != std::trunc(number) || std::isinf(number)) {
    out_of_range(name, "a whole number", value.ToString().Utf8Value());
    return 0;
  }
  if (number < static_cast<double>(low) || number > static_cast<double>(high)) {
    out_of_range(name, ">= " + std::to_string(low) + " and <= " + std::to_string(high),
                 value.ToString().Utf8Value());
    return 0;
  }
  return static_cast<int64_t>(number);
}

int64_t Arguments::integer(size_t index, const char* name, int64_t low, int64_t high) {
  return whole_number(at(index), name, low, high);
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

Bytes Arguments::bytes_of(Napi::Value value, const char* name) {
  if (!ok_) return {};
  if (value.IsTypedArray()) {
    void* data = nullptr;
    napi_get_typedarray_info(env(), value, nullptr, nullptr, &data, nullptr, nullptr);
    return {static_cast<uint8_t*>(data), value.As<Napi::TypedArray>().ByteLength()};
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
