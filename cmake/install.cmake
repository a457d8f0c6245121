# What goes where: cmake --install BUILD --prefix PREFIX.
#
# Three components. "localfn" is what every installation gets; "elsewhere" belongs to all but Debian's
# package, which has "debian" in its place (cmake/package.cmake).
include(GNUInstallDirs)

# From the folder of localfn to that of its workers, so that an installed tree can be moved.
set(workers ${CMAKE_INSTALL_LIBEXECDIR}/localfn)
file(RELATIVE_PATH LOCALFN_WORKER_FOLDER
  ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBEXECDIR}/localfn)

# A Python outside the system's folders is found again by the installed worker.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

function(localfn_install)
  set(documents ${CMAKE_BINARY_DIR}/documents)
  install(TARGETS localfn RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT localfn)
  install(TARGETS localfn-worker RUNTIME DESTINATION ${workers} COMPONENT localfn)
  if(LOCALFN_PYTHONS)  # those of other builds
    get_target_property(own localfn-worker OUTPUT_NAME)
    install(DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/ DESTINATION ${workers} COMPONENT localfn
      USE_SOURCE_PERMISSIONS
      FILES_MATCHING REGEX "/localfn-worker-[0-9]+\\.[0-9]+$"
      PATTERN ${own} EXCLUDE)
  endif()
  install(FILES ${documents}/localfn.1.gz
    DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT localfn)
  install(FILES ${documents}/localfn.bash RENAME localfn
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT localfn)
  install(FILES ${documents}/localfn.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT localfn)
  install(FILES ${documents}/_localfn
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT elsewhere)
  install(FILES LICENSE README.md CHANGELOG.md
    DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT elsewhere)
endfunction()
