"""Static files of a Django project, as its deployment has them.

The platform's build runs collectstatic where STATIC_ROOT is set, and what it collects is served
before the app. Here the files are found where they lie. Without STATIC_ROOT nothing is collected:
the app is asked, as there, and whoever misses a file is told why.

A storage with a manifest (ManifestStaticFilesStorage and its kin) finds each file under a name with
its hash, as collectstatic leaves it there. Here the name is made when it is first asked for. The
text of a file stays as it is: what a style sheet refers to is served under its plain name, too.
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
    collects = bool(collected) or getattr(settings, "WHITENOISE_USE_FINDERS", False) is True
    hashed = _hashed_names() if collects else None
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
        def file_path(self, url):
            path = super().file_path(url)
            return path if hashed is None or is_found(path) else hashed.plain(path)

        def _should_handle(self, url):
            if not super()._should_handle(url):
                return False
            path = self.file_path(url)
            if collects:
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


def _hashed_names():
    """The names of the storage's manifest on the platform; None for one without a manifest."""
    from django.contrib.staticfiles import finders
    from django.contrib.staticfiles.storage import staticfiles_storage as storage
    from django.core.exceptions import SuspiciousOperation
    from django.core.files import File
    if not hasattr(storage, "hashed_files") or not hasattr(storage, "manifest_name"):
        return None

    class HashedNames(dict):
        """Stands where the storage keeps its manifest, with whatever that held."""

        def __init__(self, manifest):
            super().__init__(manifest)
            self._made = {}  # name: (state of its file, hashed name)

        def get(self, name, default=None):
            return self._make(name) or super().get(name, default)

        def plain(self, hashed):
            """The name of which this is the hashed one; itself where there is none."""
            folder, file = os.path.split(hashed)
            stem, end = os.path.splitext(file)
            likely = os.path.join(folder, os.path.splitext(stem)[0] + end)
            made = list(self._made.items())  # other threads may add to it
            names = [likely] + [name for name, (_, known) in made if known == hashed]
            return next((name for name in names if self._make(name) == hashed), hashed)

        def _make(self, name):
            try:
                place = finders.find(name)
            except (SuspiciousOperation, ValueError):
                return None
            if not place or not os.path.isfile(place):
                return None
            status = os.stat(place)
            state = place, status.st_mtime_ns, status.st_size, status.st_ino
            known = self._made.get(name)
            if known is None or known[0] != state:
                with open(place, "rb") as opened:
                    made = storage.clean_name(storage.hashed_name(name, File(opened)))
                known = self._made[name] = state, made
            return known[1]

    storage.hashed_files = HashedNames(storage.hashed_files)
    return storage.hashed_files
