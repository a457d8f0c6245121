// The adapter for ASGI apps: FastAPI, Starlette, `async def app(scope, receive, send)`.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "bindings/loop_app.h"
#include "bindings/serving.h"

namespace localfn {

/// Starts the event loop's thread and runs the app's startup on it; to be called on the main
/// thread, with the GIL. Throws StartupFailed when the app says that it cannot start, and
/// pybind11::error_already_set when the loop cannot be made.
std::unique_ptr<LoopApp> make_asgi_app(pybind11::object app, const wire::LoadFrame& load,
                                       const InstanceParts& parts);

}  // namespace localfn
