#pragma once

/// @file
/// Takes all public headers.

#include "venomous/array_view.hpp"
#include "venomous/big_integer.hpp"
#include "venomous/calls.hpp"
#include "venomous/codec.hpp"
#include "venomous/codec_array.hpp"
#include "venomous/codec_container.hpp"
#include "venomous/codec_scalar.hpp"
#include "venomous/codec_struct.hpp"
#include "venomous/codec_tagged.hpp"
#include "venomous/compat.hpp"
#include "venomous/config.hpp"
#include "venomous/decoder.hpp"
#include "venomous/dtype.hpp"
#include "venomous/encoder.hpp"
#include "venomous/error.hpp"
#include "venomous/exec_main.hpp"
#include "venomous/map.hpp"
#include "venomous/messages.hpp"
#include "venomous/ndarray.hpp"
#include "venomous/options.hpp"
#include "venomous/pool.hpp"
#include "venomous/snake.hpp"
#include "venomous/snake_args.hpp"
#include "venomous/value.hpp"
