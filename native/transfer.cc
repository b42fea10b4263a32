#include "transfer.h"

#include <algorithm>
#include <cstring>

namespace realfork {

size_t count_or_all(Arguments& arguments, size_t index, size_t length) {
  if (!arguments.given(index)) return length;
  return static_cast<size_t>(arguments.integer(index, "count", 0, static_cast<int64_t>(length)));
}

bool deliver(Arguments& arguments, Napi::Value buffer, const char* name, const uint8_t* data,
             size_t count) {
  if (count == 0) return true;
  const Bytes target = arguments.bytes_of(buffer, name);
  if (target.length < count) {
    arguments.refuse("ERR_BUFFER_DETACHED", std::string(arguments.call()) +
                                                "(): a signal handler detached or shrank the "
                                                "buffer while the call was filling it");
    return false;
  }
  memcpy(target.data, data, count);
  return true;
}

Outgoing::Outgoing(Arguments& arguments, size_t index, const char* name) {
  if (arguments.given(index) && arguments.value(index).IsString()) {
    bytes_ = arguments.value(index).As<Napi::String>().Utf8Value();
    return;
  }
  const Bytes data = arguments.bytes(index, name);
  if (data.length > 0) bytes_.assign(reinterpret_cast<const char*>(data.data), data.length);
}

Segments::Segments(Arguments& arguments, Napi::Array buffers, const std::string& name, For purpose)
    : name_(name) {
  std::vector<size_t> lengths;
  for (uint32_t i = 0; arguments.ok() && i < buffers.Length(); ++i) {
    const Napi::Value value = buffers.Get(i);
    if (arguments.env().IsExceptionPending()) {
      arguments.propagate();
      return;
    }
    if (purpose == For::kSending && value.IsString()) {
      const std::string text = value.As<Napi::String>().Utf8Value();
      memory_.insert(memory_.end(), text.begin(), text.end());
      lengths.push_back(text.size());
      continue;
    }
    const std::string element = name + "[" + std::to_string(i) + "]";
    const Bytes bytes = arguments.bytes_of(value, element.c_str());
    if (purpose == For::kSending && bytes.length > 0) {
      memory_.insert(memory_.end(), bytes.data, bytes.data + bytes.length);
    } else {
      memory_.resize(memory_.size() + bytes.length);
    }
    lengths.push_back(bytes.length);
    values_.push_back(value);
  }
  size_t at = 0;
  for (const size_t length : lengths) {
    iov_.push_back({memory_.data() + at, length});
    at += length;
  }
}

bool Segments::deliver_all(Arguments& arguments, size_t count) {
  size_t left = count;
  for (size_t i = 0; left > 0 && i < values_.size(); ++i) {
    const size_t part = std::min(left, iov_[i].iov_len);
    const auto* data = static_cast<const uint8_t*>(iov_[i].iov_base);
    if (!deliver(arguments, values_[i], name_.c_str(), data, part)) return false;
    left -= part;
  }
  return true;
}

}  // namespace realfork
