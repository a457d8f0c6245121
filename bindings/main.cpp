// localfn-worker-X.Y: the zygote, with the adapters it calls functions by.
#include "bindings/adapter.h"
#include "bindings/asgi/asgi.h"
#include "bindings/worker.h"

int main(int argc, char** argv) {
  localfn::worker_main(argc, argv,
                       {localfn::prepare_wsgi_adapter, localfn::make_handler_adapter,
                        localfn::make_wsgi_adapter, localfn::make_asgi_app});
}
