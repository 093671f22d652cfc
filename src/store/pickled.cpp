#include "pickled.h"

#include <torch/csrc/jit/serialization/pickler_helper.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tise::store {

bool is_pickled_chunk(std::string_view pickle) {
  using Op = torch::jit::PickleOpCode;
  std::size_t place = 0;
  const auto number = [&](std::size_t width) {  // little-endian; of what isn't there, zeros
    std::size_t value = 0;
    for (std::size_t i = 0; i < width && place < pickle.size(); ++i, ++place) {
      value |= std::size_t{static_cast<std::uint8_t>(pickle[place])} << (8 * i);
    }
    return value;
  };
  const auto skip = [&](std::size_t bytes) {
    const bool fits = bytes <= pickle.size() - place;
    place += fits ? bytes : 0;
    return fits;
  };
  const auto line = [&] {
    const std::size_t end = std::min(pickle.find('\n', place), pickle.size());
    const std::string_view text = pickle.substr(place, end - place);
    place = std::min(end + 1, pickle.size());
    return text;
  };
  while (place < pickle.size()) {
    bool sound = true;
    switch (static_cast<Op>(pickle[place++])) {
      case Op::STOP:
        return true;
      case Op::MARK:
      case Op::EMPTY_TUPLE:
      case Op::TUPLE:
      case Op::TUPLE1:
      case Op::TUPLE2:
      case Op::TUPLE3:
      case Op::BINPERSID:
      case Op::REDUCE:
      case Op::NEWFALSE:
        break;
      case Op::PROTO:
      case Op::BININT1:
      case Op::BINGET:
        sound = skip(1);
        break;
      case Op::BININT2:
        sound = skip(2);
        break;
      case Op::BININT:
      case Op::LONG_BINGET:
        sound = skip(4);
        break;
      case Op::LONG1:
        sound = skip(number(1));
        break;
      case Op::BINUNICODE:
        sound = skip(number(4));
        break;
      case Op::BINPUT:
        sound = number(1) < pickle.size();
        break;
      case Op::LONG_BINPUT:
        sound = number(4) < pickle.size();
        break;
      case Op::GLOBAL: {
        const std::string_view module = line();
        const std::string_view name = line();
        sound = (module == "torch" && name.ends_with("Storage")) ||
                (module == "torch._utils" && name == "_rebuild_tensor_v2") ||
                (module == "collections" && name == "OrderedDict");
        break;
      }
      default:
        return false;
    }
    if (!sound) return false;
  }
  return false;
}

}  // namespace tise::store
