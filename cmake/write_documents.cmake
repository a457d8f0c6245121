# Run after localfn was linked: its manual page and its completions, as it tells them itself.
function(write name)
  execute_process(COMMAND ${LOCALFN} help ${ARGN} OUTPUT_FILE ${FOLDER}/${name}
    RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "cannot write ${FOLDER}/${name}: ${LOCALFN} help ${ARGN} ended with ${failed}")
  endif()
endfunction()

file(MAKE_DIRECTORY ${FOLDER})
write(localfn.1 --man)
write(localfn.bash --completion bash)
write(_localfn --completion zsh)
write(localfn.fish --completion fish)
execute_process(COMMAND gzip -9nf ${FOLDER}/localfn.1 COMMAND_ERROR_IS_FATAL ANY)
