"""Static files of a Django project, as its deployment has them.

The platform's build runs collectstatic where STATIC_ROOT is set, and what it collects is served
before the app. Here the files are found where they lie. Without STATIC_ROOT nothing is collected:
the app is asked, as there, and whoever misses a file is told why.
"""

import os
import sys


def with_static_files(kind, app):
    """The app, behind its static files if its settings have any; kind is "wsgi" or "asgi"."""
    if "django.conf" not in sys.modules:
        return app
    try:
        from django.apps import apps
        from django.conf import settings
        if not settings.configured or not apps.ready:
            return app
        if not apps.is_installed("django.contrib.staticfiles") or not settings.STATIC_URL:
            return app
        if _storage(settings).startswith("storages.backends."):
            return app
        return _handler(kind, settings)(app)
    except Exception as error:
        sys.stderr.write("static files of Django are not served: %s: %s\n"
                         % (type(error).__name__, error))
        return app


def _storage(settings):
    """The class that collectstatic stores with, by its name; other servers' are theirs to serve."""
    storages = getattr(settings, "STORAGES", None) or {}
    named = storages.get("staticfiles", {}).get("BACKEND")
    return str(named or getattr(settings, "STATICFILES_STORAGE", "") or "")


def _handler(kind, settings):
    from django.contrib.staticfiles import finders, handlers
    from django.core.exceptions import SuspiciousOperation
    from django.views.static import serve
    base = handlers.ASGIStaticFilesHandler if kind == "asgi" else handlers.StaticFilesHandler
    collected = settings.STATIC_ROOT
    told = set()

    def is_found(path):
        try:
            place = finders.find(path)
        except (SuspiciousOperation, ValueError):
            return False
        return bool(place) and os.path.isfile(place)

    def is_collected(path):
        place = os.path.normpath(os.path.join(collected, path))
        inside = place.startswith(os.path.normpath(collected) + os.sep)
        return inside and "\0" not in path and os.path.isfile(place)

    class StaticFiles(base):
        def _should_handle(self, url):
            if not super()._should_handle(url):
                return False
            path = self.file_path(url)
            if collected or getattr(settings, "WHITENOISE_USE_FINDERS", False) is True:
                return is_found(path) or bool(collected) and is_collected(path)
            if path not in told and is_found(path):
                told.add(path)
                sys.stderr.write(
                    "%s is not served: without STATIC_ROOT in the settings Vercel collects no "
                    "static files; set it (STATIC_ROOT = BASE_DIR / 'staticfiles')\n" % url)
            return False

        def serve(self, request):
            path = self.file_path(request.path)
            if is_found(path):
                return super().serve(request)
            return serve(request, path, document_root=collected)

    return StaticFiles
