# localfn in a container:
#   docker build -t localfn .
#   docker run --rm -it -p 3000:3000 -v "$PWD:/project" localfn
# tests/install/run runs the RUN lines as they stand.
FROM debian:bookworm-slim AS build
WORKDIR /source
COPY . .
RUN cmake/install-packages package
RUN cmake --preset release -DBUILD_TESTING=OFF
RUN cmake --build build/release --target package

FROM debian:bookworm-slim
COPY --from=build /source/build/release/localfn_*.deb /tmp/
RUN apt-get update && apt-get install -y --no-install-recommends /tmp/localfn_*.deb python3-venv ca-certificates
WORKDIR /project
EXPOSE 3000
ENTRYPOINT ["localfn"]
CMD ["dev", "--listen", "0.0.0.0:3000"]
