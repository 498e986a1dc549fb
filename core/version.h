#pragma once

/// The one place that names faultline's version; CMake reads it here.
#define FAULTLINE_VERSION "0.1.0"
