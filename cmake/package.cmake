# One Debian package: cpack -G DEB in the build folder. Needs dpkg-dev and file, to find out which
# packages bring the libraries (cmake/install-packages package).
set(documents ${CMAKE_BINARY_DIR}/documents)
set(debian_release 1)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME localfn)
set(CPACK_PACKAGE_CONTACT "The localfn authors <authors@localfn.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "runs Vercel's Python functions on this machine")
set(CPACK_PACKAGE_DESCRIPTION
"localfn serves the Python functions under a project's api/ folder the way
Vercel runs them: without an account, a network, Node or a build step. It tests
them before they are deployed, and calls one of them without a server.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_CMAKE_PROJECTS
  "${CMAKE_BINARY_DIR};localfn;localfn;/;${CMAKE_BINARY_DIR};localfn;debian;/")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${debian_release})
set(CPACK_DEBIAN_PACKAGE_SECTION web)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# The library is found by itself; functions also see the interpreter, as sys.executable.
set(python python${Python_VERSION_MAJOR}.${Python_VERSION_MINOR})
if(EXISTS /usr/bin/${python})
  set(CPACK_DEBIAN_PACKAGE_DEPENDS ${python})
endif()
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, python3-venv")  # for localfn dev --install
if(NOT LOCALFN_REPOSITORY MATCHES "^OWNER/")
  set(CPACK_DEBIAN_PACKAGE_HOMEPAGE https://github.com/${LOCALFN_REPOSITORY})
endif()

# What Debian wants to find in each package, and where its zsh looks.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${documents}/changelog.Debian
"localfn (${PROJECT_VERSION}-${debian_release}) unstable; urgency=low

  * Version ${PROJECT_VERSION}: see changelog.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
configure_file(CHANGELOG.md ${documents}/changelog COPYONLY)
execute_process(COMMAND gzip -9nf ${documents}/changelog.Debian ${documents}/changelog)
install(FILES ${documents}/changelog.gz ${documents}/changelog.Debian.gz
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright
  COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${documents}/_localfn DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
  COMPONENT debian EXCLUDE_FROM_ALL)

include(CPack)
