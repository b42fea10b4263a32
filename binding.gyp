{
  # Two addons. `realfork` is Node-API only, hence ABI-stable. `quiesce` reaches V8's platform
  # through node.h, so it is good for the major version of Node that it was built for.
  "target_defaults": {
    # Small rather than fast: each 64 KiB of code that a child runs is a page fault in every child.
    "cflags": ["-Wall", "-Wextra", "-Wpedantic", "-fvisibility=hidden", "-Os"],
    "cflags!": ["-O3"],
    "cflags_cc": [
      "-std=c++20",
      # System headers for the compiler: their warnings are not ours to mend.
      "-isystem", "<(node_root_dir)/include/node",
      "-isystem", "<(module_root_dir)/<!(node -p \"require('node-addon-api').include_dir\")",
    ],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-omit-frame-pointer"],
    # Bind every symbol at load: a lazily bound one would be resolved again in every child.
    # Constants beside the code: two mappings less to copy for each library.
    "ldflags": ["-Wl,-z,now", "-Wl,-z,noseparate-code"],
    "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS"],
  },
  "targets": [
    {
      "target_name": "realfork",
      "sources": [
        "native/addon.cc",
        "native/addresses.cc",
        "native/arguments.cc",
        "native/census.cc",
        "native/child_watch.cc",
        "native/constants.cc",
        "native/credentials.cc",
        "native/descriptors.cc",
        "native/exec.cc",
        "native/fcntl.cc",
        "native/files.cc",
        "native/fork_transaction.cc",
        "native/helper_threads.cc",
        "native/interruptible.cc",
        "native/limits.cc",
        "native/memory.cc",
        "native/message_queues.cc",
        "native/messages.cc",
        "native/own_descriptors.cc",
        "native/poll.cc",
        "native/process.cc",
        "native/rusage.cc",
        "native/select.cc",
        "native/semaphores.cc",
        "native/sessions.cc",
        "native/signal_info.cc",
        "native/signal_sets.cc",
        "native/signals.cc",
        "native/sigwait.cc",
        "native/socket_options.cc",
        "native/sockets.cc",
        "native/spawn.cc",
        "native/terminals.cc",
        "native/time.cc",
        "native/times.cc",
        "native/transfer.cc",
        "native/vectors.cc",
        "native/wait.cc",
        "native/large_pages_<(OS).cc",
        "native/observe_<(OS).cc",
        "native/own_calls_<(OS).cc",
        "native/own_descriptors_<(OS).cc",
        "native/platform_<(OS).cc",
        "native/threads_<(OS).cc",
      ],
      "conditions": [["OS == 'linux'", {"sources": ["native/unix_diag_linux.cc"]}]],
    },
    {
      "target_name": "quiesce",
      "sources": [
        "native/child_workers.cc",
        "native/garbage.cc",
        "native/handles.cc",
        "native/pool_requests.cc",
        "native/quiesce.cc",
        "native/worker_hooks.cc",
        "native/platform_memory_<(OS).cc",
        "native/threads_<(OS).cc",
      ],
    },
  ],
  "conditions": [["OS == 'linux'", {
    # No addon: a library that is preloaded (src/tuned/).
    "targets": [{"target_name": "heap_region", "sources": ["native/heap_region_linux.cc"]}],
  }]],
}
