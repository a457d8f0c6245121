"""Gives an instance the modules that its zygote has put away (lesson.py), where it imports them.

None of them is in sys.modules before. When one is imported, everything is compared that its import
could have seen; if anything differs the instance imports for itself, as one without a stash.
"""

import os
import sys
import warnings
from importlib.machinery import ModuleSpec, PathFinder


class _Search:
    """Where names are found on the search path now, by what the lesson knows of unchanged folders."""

    def __init__(self, known):
        self._known = known
        self._folders = {}

    def origin(self, name):
        """What PathFinder's spec of the outermost module `name` would say; None where it finds none."""
        for entry in sys.path:
            if not isinstance(entry, str):
                continue
            if entry not in self._folders:
                self._folders[entry] = self._look_at(entry)
            found, names = self._folders[entry]
            if found is not None:
                if name in found:
                    return found[name]
            elif names is None or name in names:
                spec = PathFinder.find_spec(name, [entry])
                if spec is not None and spec.loader is not None:
                    return spec.origin
        return None

    def _look_at(self, entry):
        """({name: origin}, _) of a folder that is known; (None, the names that may be in it, or None
        for any) of another."""
        try:
            changed, found = self._known.get(entry, (None, None))
            if changed is not None and os.stat(entry).st_mtime_ns == changed:
                return found, None
            return None, {each.partition(".")[0] for each in os.listdir(entry)}
        except FileNotFoundError:
            return None, ()
        except (OSError, ValueError):
            return None, None  # an archive, or something else that a hook may understand


class _Given:
    """The loader of a module that is there already."""

    def __init__(self, stash, unit, name):
        self._stash = stash
        self._unit = unit
        self._name = name

    def create_module(self, spec):
        module = self._unit.modules[self._name]
        self._spec = getattr(module, "__spec__", None)
        return module

    def exec_module(self, module):
        module.__spec__ = self._spec
        self._stash.give(self._unit)


class Stash:
    """The finder before all others. `tools`: the namespace of lesson.py."""

    def __init__(self, lesson, tools):
        self._units = lesson.units
        self._environment = lesson.environment
        self._originals = lesson.originals
        self._folders = lesson.folders
        self._have_signatures = tools["have_signatures"]
        self._are_in_place = tools["are_in_place"]
        self._filters_mutated = tools["filters_mutated"]
        self._of = {name: unit for unit in lesson.units for name in unit.modules}
        self.given = set()
        self.outdated = False

    def offer(self, lookups):
        """In an instance, when its search path is in place. `lookups` notes what is looked for."""
        self._lookups = lookups
        sys.meta_path.insert(0, self)
        self._finders = list(sys.meta_path)
        self._hooks = list(sys.path_hooks)
        self.outdated = self._environment != os.environ._data

    def find_spec(self, name, path=None, target=None):
        unit = self._of.get(name)
        if unit is None or target is not None:
            return None
        if not self._are_valid(self._with_needs(unit)):
            self._of.clear()
            return None
        known = getattr(unit.modules[name], "__spec__", None)
        spec = ModuleSpec(name, _Given(self, unit, name), origin=getattr(known, "origin", None))
        spec.submodule_search_locations = getattr(known, "submodule_search_locations", None)
        spec.has_location = getattr(known, "has_location", False)
        spec.cached = getattr(known, "cached", None)
        return spec

    def give(self, unit):
        for each in self._with_needs(unit):
            for name, module in each.modules.items():
                sys.modules.setdefault(name, module)
                self._of.pop(name, None)
                self.given.add(name)
            for package, name, module in each.attributes:
                setattr(package, name, module)
            sys.meta_path.extend(each.finders)
            self._finders.extend(each.finders)
            before, behind = each.filters
            if before or behind:
                warnings.filters[:0] = before
                warnings.filters.extend(behind)
                self._filters_mutated()

    def _with_needs(self, unit):
        """The units that come with it, in order, without those that have been given."""
        needed = [self._units[number] for number in sorted(unit.needs)] + [unit]
        return [each for each in needed if not self.given.issuperset(each.modules)]

    def _are_valid(self, units):
        return (self._is_untouched() and self._have_same_variables(units)
                and not any(name in sys.modules for unit in units for name in unit.modules)
                and self._find_the_same(units) and self._have_same_files(units))

    def _is_untouched(self):
        """Whether nothing stands in the place of what the modules have seen."""
        return (sys.meta_path == self._finders and sys.path_hooks == self._hooks
                and self._are_in_place(self._originals))

    def _have_same_variables(self, units):
        now = os.environ._data
        if now == self._environment:
            return True
        return not any(unit.whole_environment or
                       any(now.get(name) != value for name, value in unit.variables.items())
                       for unit in units)

    def _find_the_same(self, units):
        origins = {}
        for unit in units:
            origins.update(unit.origins)
        search = _Search(self._folders)
        for name, origin in origins.items():
            if name in sys.modules:
                continue
            self._lookups.find_spec(name)
            if search.origin(name) != origin:
                return False
        return True

    def _have_same_files(self, units):
        if all(self._have_signatures(unit.files) for unit in units):
            return True
        self.outdated = True
        return False
